import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { buildEvent } from './cloud-event.ts';
import type { EventDraft } from './cloud-event.ts';

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function built(data: string | Uint8Array, more: Partial<EventDraft> = {}) {
  const draft = {
    pubsubName: 'pubsub',
    topic: 'orders',
    source: 'shop',
    metadata: {},
    trace,
    now: Date.UTC(2026, 0, 2),
  };
  const envelope = buildEvent({ ...draft, data: Buffer.from(data), random: seededRandom(), ...more });
  const text = Buffer.from(envelope.data).toString('utf8');
  return { ...envelope, text, event: JSON.parse(text) as Record<string, unknown> };
}

test('buildEvent: data without a content type is text, and the envelope has every Dapr attribute', () => {
  const { event, id, type } = built('hello');
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(type, 'com.dapr.event.sent');
  assert.deepEqual(event, {
    specversion: '1.0',
    id,
    source: 'shop',
    type: 'com.dapr.event.sent',
    datacontenttype: 'text/plain',
    time: '2026-01-02T00:00:00.000Z',
    topic: 'orders',
    pubsubname: 'pubsub',
    traceid: traceparent,
    traceparent,
    tracestate: '',
    data: 'hello',
  });
  assert.deepEqual(
    Object.keys(event),
    Object.keys(event).toSorted(),
    'sorted, as apps that take the first member expect',
  );
});

test('buildEvent: JSON data keeps its numbers', () => {
  for (const dataContentType of ['application/json', 'Application/JSON; charset=utf-8'])
    assert.ok(
      built('{"n":12345678901234567890.10}', { dataContentType }).text.includes('"data":{"n":12345678901234567890.10}'),
    );
});

test('buildEvent: only application/json is JSON, a type that ends in +json is text', () => {
  for (const dataContentType of ['application/vnd.api+json', 'application/problem+json'])
    assert.equal(built('{"a":1}', { dataContentType }).event.data, '{"a":1}');
});

test('buildEvent: only the first JSON value is used, and invalid UTF-8 bytes are replaced', () => {
  const json = 'application/json';
  assert.deepEqual(built('{"a":1} more', { dataContentType: json }).event.data, { a: 1 });
  assert.equal(built('0x1', { dataContentType: json }).event.data, 0);
  const cut = Buffer.concat([Buffer.from('"'), Buffer.from([0xe2, 0x82]), Buffer.from('"')]);
  assert.equal(built(cut, { dataContentType: json }).event.data, '\ufffd\ufffd');
  assert.equal(typeof built('['.repeat(10_001), { dataContentType: json }).event.data, 'string');
});

test('buildEvent: protobuf is base64, even when its bytes are valid text', () => {
  const bytes = Buffer.from('\n\u0005hello');
  for (const dataContentType of ['application/cloudevents+protobuf', 'application/x-protobuf'])
    assert.equal(built(bytes, { dataContentType }).event.data_base64, bytes.toString('base64'));
  assert.equal(
    built('hello', { dataContentType: 'application/x-protobuf' }).event.data,
    'hello',
    'no fields of a message',
  );
});

test('buildEvent: invalid JSON becomes a string', () => {
  assert.equal(built('{"n":', { dataContentType: 'application/json' }).event.data, '{"n":');
  assert.equal(built('', { dataContentType: 'application/json' }).event.data, '');
});

test('buildEvent: an octet stream and bytes that are not text are base64', () => {
  const stream = built('hello', { dataContentType: 'application/octet-stream' }).event;
  assert.deepEqual([stream.data, stream.data_base64], [undefined, 'aGVsbG8=']);
  const image = built(new Uint8Array([0xff, 0xd8, 0xff]), { dataContentType: 'image/jpeg' }).event;
  assert.deepEqual([image.data, image.data_base64, image.datacontenttype], [undefined, '/9j/', 'image/jpeg']);
});

test('buildEvent: cloudevent.* metadata overrides the allowed attributes, in any case', () => {
  const metadata = {
    'CloudEvent.ID': 'mine',
    'cloudevent.source': 'till',
    'cloudevent.Type': 'order.placed',
    'cloudevent.subject': 'order/42',
    'cloudevent.topic': 'elsewhere',
    other: 'x',
  };
  const { event, id, type } = built('x', { metadata });
  assert.deepEqual([id, type], ['mine', 'order.placed']);
  const { source, subject, topic } = event;
  assert.deepEqual({ source, subject, topic }, { source: 'till', subject: 'order/42', topic: 'orders' });
});

test('buildEvent: an overridden trace fills both fields, traceparent first', () => {
  const custom = { 'cloudevent.traceid': 'a', 'cloudevent.tracestate': 's=1' };
  const { traceid, traceparent: parent, tracestate } = built('x', { metadata: custom }).event;
  assert.deepEqual([traceid, parent, tracestate], ['a', 'a', 's=1']);
  assert.equal(built('x', { metadata: { ...custom, 'cloudevent.traceparent': 'b' } }).event.traceid, 'b');
});

test('buildEvent: tracestate and expiration are written only when present', () => {
  const { event } = built('x', { trace: { ...trace, state: 'v=1' }, expiresAt: Date.UTC(2026, 0, 2, 0, 1) });
  assert.deepEqual([event.tracestate, event.expiration], ['v=1', '2026-01-02T00:01:00.000Z']);
});

const dataContentType = 'application/cloudevents+json; charset=utf-8';

test("buildEvent: an app's own CloudEvent gets the missing attributes and is otherwise unchanged", () => {
  const { text, event, id } = built(' {"id":"e1","data":12345678901234567890,"traceparent":"mine","x":null}', {
    dataContentType,
  });
  assert.equal(id, 'e1');
  assert.ok(text.includes('"data":12345678901234567890,'));
  assert.deepEqual(
    { ...event, data: 0 },
    {
      id: 'e1',
      data: 0,
      x: null,
      specversion: '1.0',
      source: 'Dapr',
      type: 'com.dapr.event.sent',
      time: '2026-01-02T00:00:00.000Z',
      topic: 'orders',
      pubsubname: 'pubsub',
      traceparent: 'mine',
      traceid: 'mine',
      tracestate: '',
    },
  );
});

test('buildEvent: an empty CloudEvent is completed, a complete one is returned byte for byte', () => {
  const first = built('{}', { dataContentType });
  assert.equal(first.event.id, first.id);
  assert.equal(built(first.data, { dataContentType }).text, first.text);
});

test('buildEvent: a forwarded CloudEvent gets the topic and pubsub it is published to', () => {
  const received = '{"topic":"a","pubsubname":"other","specversion":null,"source":null,"id":"e1","data":1e400}';
  const { text, event } = built(received, { dataContentType, expiresAt: Date.UTC(2026, 0, 2, 0, 1) });
  const { topic, pubsubname, source, specversion, expiration } = event;
  assert.deepEqual(
    { topic, pubsubname, source, specversion, expiration },
    {
      topic: 'orders',
      pubsubname: 'pubsub',
      source: 'Dapr',
      specversion: '1.0',
      expiration: '2026-01-02T00:01:00.000Z',
    },
  );
  assert.ok(text.startsWith('{"data":1e400,'));
});

test('buildEvent: a CloudEvent that is not a JSON object is an error', () => {
  assert.throws(() => built('[1]', { dataContentType }), /cannot unmarshal array/);
  assert.throws(() => built('null', { dataContentType }), /not a JSON object/);
  assert.throws(() => built('{', { dataContentType }), SyntaxError);
});
