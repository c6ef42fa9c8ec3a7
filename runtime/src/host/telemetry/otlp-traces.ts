import { type MessageInitShape, create, toBinary } from '@bufbuild/protobuf';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts';
import type { KeyValueSchema } from '#gen/opentelemetry/proto/common/v1/common_pb.ts';
import { type SpanSchema, Span_SpanKind, Status_StatusCode } from '#gen/opentelemetry/proto/trace/v1/trace_pb.ts';
import type { AttributeValue } from '#core/activity-attributes.ts';
import type { EndedSpan } from './activity-log.ts';

/** A span as it leaves the machine: its attributes are exported whatever its kind. */
export interface ExportedSpan extends Omit<EndedSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** An `ExportTraceServiceRequest` of OTLP, as bytes. `resource` has the attributes of this process. */
export function otlpTraces(
  spans: readonly ExportedSpan[],
  resource: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const scopeSpans = [{ scope: { name: 'outrigger' }, spans: spans.map(spanOf) }];
  const resourceSpans = [{ resource: { attributes: attributesOf(resource) }, scopeSpans }];
  return toBinary(ExportTraceServiceRequestSchema, create(ExportTraceServiceRequestSchema, { resourceSpans }));
}

/** The span kind of OTLP and Zipkin: which side of a call it is. */
export function spanKindOf({ kind }: ExportedSpan): keyof typeof otlpKinds {
  if (kind === 'publish' || kind === 'publish.bulk' || kind === 'outbox.relay') return 'PRODUCER';
  if (kind === 'deliver' || kind === 'dead-letter') return 'CONSUMER';
  return kind === 'invoke.receive' || kind === 'actor.turn' ? 'SERVER' : 'CLIENT';
}

const otlpKinds = {
  CLIENT: Span_SpanKind.CLIENT,
  SERVER: Span_SpanKind.SERVER,
  PRODUCER: Span_SpanKind.PRODUCER,
  CONSUMER: Span_SpanKind.CONSUMER,
} as const;

function spanOf(span: ExportedSpan): MessageInitShape<typeof SpanSchema> {
  const { traceId, spanId, parentSpanId, name, startedAt, durationMs, error, attributes } = span;
  return {
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(spanId, 'hex'),
    parentSpanId: Buffer.from(parentSpanId, 'hex'),
    name,
    kind: otlpKinds[spanKindOf(span)],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(startedAt + durationMs),
    attributes: attributesOf({ 'dapr.api': span.kind, ...attributes }),
    ...(error ? { status: { message: error.message, code: Status_StatusCode.ERROR } } : undefined),
  };
}

/** All values as text, as Dapr sends them. */
function attributesOf(attributes: Readonly<Record<string, AttributeValue>>): MessageInitShape<typeof KeyValueSchema>[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { value: { case: 'stringValue', value: String(value) } },
  }));
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}
