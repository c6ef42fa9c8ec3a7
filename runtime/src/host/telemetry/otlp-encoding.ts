import type { EndedSpan } from './activity-log.ts';

/** Protobuf wire types: varint, 64 bits, length-delimited. */
const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;
const clientKind = 3;
const serverKind = 2;
const producerKind = 4;
const consumerKind = 5;
const errorStatus = 2;

/** An `ExportTraceServiceRequest` of OTLP, as bytes. `resource` has the attributes of this process. */
export function otlpTraces(
  spans: readonly EndedSpan[],
  resource: Readonly<Record<string, string>>,
): Buffer<ArrayBuffer> {
  const scope = text(1, 'outrigger');
  const scoped = Buffer.concat([bytes(1, scope), ...spans.map((span) => bytes(2, spanBytes(span)))]);
  const resourceAttributes = Buffer.concat(Object.entries(resource).map((pair) => attribute(1, pair)));
  return bytes(1, Buffer.concat([bytes(1, resourceAttributes), bytes(2, scoped)]));
}

/** The span kind of OTLP and Zipkin: which side of a call it is. */
export function spanKindOf({ kind }: EndedSpan): keyof typeof kindNumbers {
  if (kind === 'publish' || kind === 'publish.bulk' || kind === 'outbox.relay') return 'PRODUCER';
  if (kind === 'deliver' || kind === 'dead-letter') return 'CONSUMER';
  return kind === 'invoke.receive' || kind === 'actor.turn' ? 'SERVER' : 'CLIENT';
}

const kindNumbers = { CLIENT: clientKind, SERVER: serverKind, PRODUCER: producerKind, CONSUMER: consumerKind } as const;

function spanBytes(span: EndedSpan): Buffer<ArrayBuffer> {
  const { traceId, spanId, parentSpanId, name, startedAt, durationMs, error, attributes } = span;
  return Buffer.concat([
    bytes(1, Buffer.from(traceId, 'hex')),
    bytes(2, Buffer.from(spanId, 'hex')),
    bytes(4, Buffer.from(parentSpanId, 'hex')),
    text(5, name),
    number(6, kindNumbers[spanKindOf(span)]),
    nanoseconds(7, startedAt),
    nanoseconds(8, startedAt + durationMs),
    ...Object.entries({ 'dapr.api': span.kind, ...attributes }).map((pair) => attribute(9, pair)),
    ...(error ? [bytes(15, Buffer.concat([text(2, error.message), number(3, errorStatus)]))] : []),
  ]);
}

function attribute(field: number, [key, value]: readonly [string, string | number | boolean]): Buffer<ArrayBuffer> {
  return bytes(field, Buffer.concat([text(1, key), bytes(2, text(1, String(value)))]));
}

function varint(value: number): Buffer<ArrayBuffer> {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
}

function number(field: number, value: number): Buffer<ArrayBuffer> {
  return Buffer.concat([varint(field * 8 + varintType), varint(value)]);
}

function bytes(field: number, value: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([varint(field * 8 + bytesType), varint(value.length), value]);
}

function text(field: number, value: string): Buffer<ArrayBuffer> {
  return bytes(field, Buffer.from(value));
}

function nanoseconds(field: number, ms: number): Buffer<ArrayBuffer> {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(BigInt(Math.round(ms * 1000)) * 1000n);
  return Buffer.concat([varint(field * 8 + fixed64Type), value]);
}
