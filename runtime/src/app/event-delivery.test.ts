import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventDelivery } from '#blocks/pubsub/event-sink.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { headerOf } from '#core/message.ts';
import type { Message } from '#core/message.ts';
import { httpEventSink } from './event-delivery.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const event: EventDelivery = {
  pubsubName: 'pubsub',
  topic: 'orders',
  path: '/in',
  data: Buffer.from('{"id":"e1"}'),
  attributes: { id: 'e1' },
  metadata: {},
  isBulk: false,
};

/** What the app got, and what was made of its answer. */
async function delivered(status: number, body: string, more: Partial<EventDelivery> = {}) {
  const messages: Message[] = [];
  const app: AppChannel = {
    protocol: 'http',
    request(_call, message) {
      messages.push(message);
      return Promise.resolve({ status, headers: [], body: Buffer.from(body) });
    },
    close: () => Promise.resolve(),
  };
  const answer = await httpEventSink(app).deliver(call, { ...event, ...more });
  const [message] = messages;
  assert.ok(message);
  return { message, answer, verdict: answer.verdict };
}

test('the event is posted to its route as a CloudEvent, with the metadata as headers', async () => {
  const metadata = {
    ttlInSeconds: '60',
    pubsubName: 'fake',
    traceparent: 'old',
    'Content-Type': 'a/b',
    city: 'Zürich – east',
  };
  const { message } = await delivered(200, '', { metadata, path: 'in?x=1' });
  assert.deepEqual([message.verb, message.path, message.query], ['POST', '/in', 'x=1']);
  assert.equal(message.body, event.data);
  assert.equal(headerOf(message.headers, 'content-type'), 'application/cloudevents+json');
  assert.equal(headerOf(message.headers, 'pubsubname'), 'pubsub');
  assert.equal(headerOf(message.headers, 'ttlinseconds'), '60');
  assert.equal(headerOf(message.headers, 'traceparent'), undefined);
  assert.equal(Buffer.from(headerOf(message.headers, 'city') ?? '', 'latin1').toString(), 'Zürich – east');
  assert.equal(message.headers.length, 8);
});

test('metadata that no header can hold does not stand in the way', async () => {
  const { message } = await delivered(200, '', { metadata: { 'a b': 'x', c: 'd\r\nevil: 1' } });
  assert.equal(headerOf(message.headers, 'a b'), undefined);
  assert.equal(headerOf(message.headers, 'c'), 'd  evil: 1');
});

const table: readonly (readonly [number, string, string])[] = [
  [200, '', 'success'],
  [204, '', 'success'],
  [200, 'OK {', 'success'],
  [200, '{}', 'success'],
  [201, '{"status":""}', 'success'],
  [200, '{"status":"SUCCESS"}', 'success'],
  [200, '{"status":"RETRY"}', 'retry'],
  [200, '{"status":"DROP"}', 'drop'],
  [200, '{"status":"LATER"}', 'retry'],
  [404, '', 'drop'],
  [302, '', 'retry'],
  [400, '', 'retry'],
  [500, '{"status":"SUCCESS"}', 'retry'],
];
for (const [status, body, verdict] of table)
  test(`the answer ${status} ${body} means ${verdict}`, async () => {
    assert.equal((await delivered(status, body)).verdict, verdict);
  });

test('a refusal quotes what the app said', async () => {
  const { answer } = await delivered(500, 'no stock');
  assert.deepEqual(answer, { verdict: 'retry', reason: 'the app answered 500: no stock' });
});

test('an app that asked for the bulk form gets it, and must name the entry', async () => {
  const { message, verdict } = await delivered(200, '{"statuses":[{"entryId":"0","status":"SUCCESS"}]}', {
    isBulk: true,
  });
  assert.equal(verdict, 'success');
  assert.equal(headerOf(message.headers, 'content-type'), 'application/json');
  assert.deepEqual(JSON.parse(Buffer.from(message.body as Uint8Array).toString()), {
    id: 'e1',
    type: 'com.dapr.event.sent.bulk',
    topic: 'orders',
    pubsubname: 'pubsub',
    metadata: {},
    entries: [{ entryId: '0', event: { id: 'e1' }, metadata: {}, contentType: 'application/cloudevents+json' }],
  });
  for (const body of ['', '{}', '{"statuses":[{"entryId":"9","status":"SUCCESS"}]}', '{"statuses":[{"entryId":"0"}]}'])
    assert.equal((await delivered(200, body, { isBulk: true })).verdict, 'retry');
  const dropped = await delivered(200, '{"statuses":[{"entryId":"0","status":"DROP"}]}', { isBulk: true });
  assert.equal(dropped.verdict, 'drop');
});
