import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { hasExpired, readEvent, traceOfEvent } from './received-event.ts';
import type { EventSource } from './received-event.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function read(data: string, more: Partial<EventSource> = {}) {
  const source = { metadata: {}, pubsubName: 'pubsub', topic: 'orders', isRaw: false, random: seededRandom() };
  const event = readEvent({ ...source, data: Buffer.from(data), ...more });
  return event && { ...event, text: Buffer.from(event.data).toString('utf8') };
}

test('readEvent: an envelope keeps its bytes', () => {
  const data = Buffer.from('{"id":"1","data":12345678901234567890}');
  const event = readEvent({ data, metadata: {}, pubsubName: 'p', topic: 't', isRaw: false, random: seededRandom() });
  assert.equal(event?.data, data);
  assert.equal(event?.attributes.id, '1');
});

test('readEvent: bytes that are not a JSON object are undefined', () => {
  for (const data of ['hello', '[1]', 'null', '']) assert.equal(read(data), undefined);
});

test('readEvent: a raw subscription gets an envelope around any payload', () => {
  const event = read('{"id":"1"}', { isRaw: true, metadata: { traceparent } });
  const { id, ...rest } = JSON.parse(event?.text ?? '') as Record<string, unknown>;
  assert.match(String(id), /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, {
    specversion: '1.0',
    source: 'Dapr',
    type: 'com.dapr.event.sent',
    datacontenttype: 'application/octet-stream',
    topic: 'orders',
    pubsubname: 'pubsub',
    traceid: traceparent,
    traceparent,
    data_base64: 'eyJpZCI6IjEifQ==',
  });
});

test('readEvent: a binary mode event is built from its metadata', () => {
  const metadata = { CE_id: '7', ce_type: 'order.placed', ce_shop: 'east' };
  const octets = read('hello', { metadata, contentType: 'application/octet-stream' });
  assert.equal(octets?.attributes.data_base64, 'aGVsbG8=');
  const event = read('{"n":1}', { metadata, contentType: 'application/json' });
  const { id, type, shop, data, datacontenttype } = JSON.parse(event?.text ?? '') as Record<string, unknown>;
  assert.deepEqual(
    { id, type, shop, data, datacontenttype },
    { id: '7', type: 'order.placed', shop: 'east', data: { n: 1 }, datacontenttype: 'application/json' },
  );
});

test('readEvent: an octet stream without event attributes is read as an envelope', () => {
  assert.equal(read('{"id":"1"}', { contentType: 'application/octet-stream' })?.attributes.id, '1');
});

test("traceOfEvent: the event's trace wins over the message metadata", () => {
  const custom = read(`{"traceparent":"${traceparent}","tracestate":"a=1"}`, { metadata: { traceparent: 'other' } });
  assert.deepEqual(traceOfEvent(custom?.attributes ?? {}), {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    sampled: true,
    state: 'a=1',
  });
  const beside = read('{"id":"1"}', { metadata: { traceparent } });
  assert.equal(traceOfEvent(beside?.attributes ?? {})?.spanId, 'b7ad6b7169203331');
  assert.equal(traceOfEvent({ traceid: 'nonsense' }), undefined);
  assert.equal(traceOfEvent({ traceparent: 7 }), undefined);
});

test('hasExpired: an event expires at its time, an unreadable expiration never', () => {
  const now = Date.UTC(2026, 0, 2);
  assert.equal(hasExpired({ expiration: '2026-01-01T23:59:59Z' }, now), true);
  assert.equal(hasExpired({ expiration: '2026-01-02T00:00:01Z' }, now), false);
  for (const expiration of ['soon', '', 7, undefined]) assert.equal(hasExpired({ expiration }, now), false);
});
