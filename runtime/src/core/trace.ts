import type { Random } from './random.ts';

/** W3C Trace Context. `traceId` has 32 and `spanId` 16 lower-case hex digits. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** The `tracestate` header as received. */
  readonly state?: string;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** Undefined when the header is absent or invalid, as the specification requires: then a new trace begins. */
export function parseTraceparent(header: string | undefined, state?: string): TraceContext | undefined {
  const match = header === undefined ? null : pattern.exec(header);
  if (!match) return undefined;
  const [, version, traceId, spanId, flags] = match;
  if (version === 'ff' || !traceId || !spanId || !flags || zeros.test(traceId) || zeros.test(spanId)) return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return state ? { traceId, spanId, sampled, state } : { traceId, spanId, sampled };
}

export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

/** A new trace for a call that came without one. `samplingRate` is the sampled fraction: 0 to 1. */
export function beginTrace(random: Random, samplingRate: number): TraceContext {
  const sampled = samplingRate >= 1 || (samplingRate > 0 && random.random() < samplingRate);
  return { traceId: random.hex(16), spanId: random.hex(8), sampled };
}

/** The value of the metadata `grpc-trace-bin`: a version byte, then three fields, each after the byte of its number. */
export function binaryTrace({ traceId, spanId, sampled }: TraceContext): Buffer {
  return Buffer.from(`0000${traceId}01${spanId}02${sampled ? '01' : '00'}`, 'hex');
}
