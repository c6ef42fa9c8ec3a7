import type { Metadata } from '@grpc/grpc-js';
import { parseTraceparent } from '#core/trace.ts';
import type { TraceContext } from '#core/trace.ts';

/** The trace of a call, binary or as text; undefined without one. */
export function traceOf(metadata: Metadata): TraceContext | undefined {
  const [binary] = metadata.get('grpc-trace-bin');
  const binaryContext = typeof binary === 'object' ? parseBinary(binary) : undefined;
  if (binaryContext) return binaryContext;
  const [parent] = metadata.get('traceparent');
  if (typeof parent !== 'string') return undefined;
  const state = metadata.get('tracestate').join(',');
  return parseTraceparent(parent, state === '' ? undefined : state);
}

// A version byte, then three fields, each after the byte of its number.
const length = 29;

function parseBinary(bytes: Buffer): TraceContext | undefined {
  if (bytes.length < length || bytes[0] !== 0 || bytes[1] !== 0 || bytes[18] !== 1 || bytes[27] !== 2) return undefined;
  const flags = bytes.toString('hex', 28, 29);
  return parseTraceparent(`00-${bytes.toString('hex', 2, 18)}-${bytes.toString('hex', 19, 27)}-${flags}`);
}
