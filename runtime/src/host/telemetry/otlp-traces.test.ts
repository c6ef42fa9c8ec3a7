import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts';
import type { ExportedSpan } from './otlp-traces.ts';
import { otlpTraces } from './otlp-traces.ts';

const span: ExportedSpan = {
  kind: 'publish',
  name: 'orders',
  outcome: 'error',
  durationMs: 1.5,
  attributes: { pubsub: 'pubsub', id: 'e1' },
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  startedAt: Date.UTC(2026, 0, 1),
  error: { code: 'ERR', message: 'no broker' },
};

/** The bytes as collectors have accepted them. */
const acceptedHex =
  '0ab5010a180a160a0c736572766963652e6e616d6512060a04636172741298010a0b0a096f75747269676765721288010a100af7651916cd43dd8448eb211c80319c1208b7ad6b7169203331220800f067aa0ba902b72a066f72646572733004390000faed517286184160e310ee517286184a150a08646170722e61706912090a077075626c6973684a120a0670756273756212080a067075627375624a0a0a02696412040a0265317a0d12096e6f2062726f6b65721802';

test('otlpTraces: a failed span has its ids, kind, times, attributes and status', () => {
  const message = fromBinary(ExportTraceServiceRequestSchema, otlpTraces([span], { 'service.name': 'cart' }));
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  assert.deepEqual(toJson(ExportTraceServiceRequestSchema, message), {
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', 'cart')] },
        scopeSpans: [
          {
            scope: { name: 'outrigger' },
            spans: [
              {
                traceId: Buffer.from(span.traceId, 'hex').toString('base64'),
                spanId: Buffer.from(span.spanId, 'hex').toString('base64'),
                parentSpanId: Buffer.from(span.parentSpanId, 'hex').toString('base64'),
                name: 'orders',
                kind: 'SPAN_KIND_PRODUCER',
                startTimeUnixNano: '1767225600000000000',
                endTimeUnixNano: '1767225600001500000',
                attributes: [attribute('dapr.api', 'publish'), attribute('pubsub', 'pubsub'), attribute('id', 'e1')],
                status: { message: 'no broker', code: 'STATUS_CODE_ERROR' },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('otlpTraces: the bytes of a span stay the same', () => {
  assert.equal(Buffer.from(otlpTraces([span], { 'service.name': 'cart' })).toString('hex'), acceptedHex);
});

test('otlpTraces: a successful span has no status', () => {
  const bytes = otlpTraces([{ ...span, outcome: 'ok', error: undefined }], {});
  const message = fromBinary(ExportTraceServiceRequestSchema, bytes);
  assert.equal(message.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.status, undefined);
});
