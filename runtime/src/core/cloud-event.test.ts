import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededChance } from './chance.ts';
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
  const envelope = buildEvent({ ...draft, data: Buffer.from(data), chance: seededChance(), ...more });
  const text = Buffer.from(envelope.data).toString('utf8');
  return { ...envelope, text, event: JSON.parse(text) as Record<string, unknown> };
}

test('an event without a content type is text, with every attribute of the wire', () => {
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
});

test('JSON data is embedded without touching its numbers', () => {
  for (const dataContentType of ['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.shop+json'])
    assert.ok(
      built('{"n":12345678901234567890.10}', { dataContentType }).text.includes('"data":{"n":12345678901234567890.10}'),
    );
});

test('what claims to be JSON and is not becomes a string', () => {
  assert.equal(built('{"n":', { dataContentType: 'application/json' }).event.data, '{"n":');
  assert.equal(built('', { dataContentType: 'application/json' }).event.data, '');
});

test('an octet stream, and any bytes that are no text, travel as base64', () => {
  const stream = built('hello', { dataContentType: 'application/octet-stream' }).event;
  assert.deepEqual([stream.data, stream.data_base64], [undefined, 'aGVsbG8=']);
  const image = built(new Uint8Array([0xff, 0xd8, 0xff]), { dataContentType: 'image/jpeg' }).event;
  assert.deepEqual([image.data, image.data_base64, image.datacontenttype], [undefined, '/9j/', 'image/jpeg']);
});

test('cloudevent metadata overrides attributes in any case, and only those that may be', () => {
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

test('an overridden trace fills both fields, traceparent before traceid', () => {
  const own = { 'cloudevent.traceid': 'a', 'cloudevent.tracestate': 's=1' };
  const { traceid, traceparent: parent, tracestate } = built('x', { metadata: own }).event;
  assert.deepEqual([traceid, parent, tracestate], ['a', 'a', 's=1']);
  assert.equal(built('x', { metadata: { ...own, 'cloudevent.traceparent': 'b' } }).event.traceid, 'b');
});

test('the state of the trace and the expiry are written only when there are any', () => {
  const { event } = built('x', { trace: { ...trace, state: 'v=1' }, expiresAt: Date.UTC(2026, 0, 2, 0, 1) });
  assert.deepEqual([event.tracestate, event.expiration], ['v=1', '2026-01-02T00:01:00.000Z']);
});

const dataContentType = 'application/cloudevents+json; charset=utf-8';

test('a ready-made event is completed and otherwise left as it is', () => {
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
    },
  );
});

test('an empty event is completed, and a complete one comes back byte for byte', () => {
  const first = built('{}', { dataContentType });
  assert.equal(first.event.id, first.id);
  assert.equal(built(first.data, { dataContentType }).text, first.text);
});

test('a ready-made event that is no JSON object is refused', () => {
  assert.throws(() => built('[1]', { dataContentType }), /not a JSON object/);
  assert.throws(() => built('{', { dataContentType }), SyntaxError);
});
