import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BulkDelivery, BulkEntry, EventDelivery } from '#blocks/pubsub/event-sink.ts';
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
};

/** What the app received, and the result of its response. */
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
  const result = await httpEventSink(app).deliver(call, { ...event, ...more });
  const [message] = messages;
  assert.ok(message);
  return { message, result, outcome: result.outcome };
}

test('event delivery: the event is posted to its route as a CloudEvent, with the metadata as headers', async () => {
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

test('event delivery: metadata that headers cannot carry does not prevent delivery', async () => {
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
  [200, '{"STATUS":"RETRY"}', 'retry'],
  [200, '{"status":"SUCCESS","Status":"DROP"}', 'drop'],
  [200, '{"status":"RETRY","status":null}', 'retry'],
  [200, '{"status":"RETRY"} and more', 'retry'],
  [200, '{"status":5}', 'success'],
  [404, '', 'drop'],
  [302, '', 'retry'],
  [400, '', 'retry'],
  [500, '{"status":"SUCCESS"}', 'retry'],
];
for (const [status, body, outcome] of table)
  test(`event delivery: response ${status} ${body} means ${outcome}`, async () => {
    assert.equal((await delivered(status, body)).outcome, outcome);
  });

test('event delivery: a response of any size is read', async () => {
  const large = 'x'.repeat(2 << 20);
  const outcomeFor = async (text: string): Promise<string> => {
    async function* body() {
      for (let at = 0; at < text.length; at += 1 << 16) yield Buffer.from(text.slice(at, at + (1 << 16)));
    }
    const app: AppChannel = {
      protocol: 'http',
      request: () => Promise.resolve({ status: 200, headers: [], body: body() }),
      close: () => Promise.resolve(),
    };
    return (await httpEventSink(app).deliver(call, event)).outcome;
  };
  assert.equal(await outcomeFor(large), 'success');
  assert.equal(await outcomeFor(`{"page":"${large}","status":"DROP"}`), 'drop');
});

test('bulk delivery: member names of statuses are case-insensitive', async () => {
  const { outcomes } = await deliveredInBulk(200, '{"Statuses":[{"EntryID":"a","STATUS":"DROP"}]}');
  assert.deepEqual(outcomes, ['drop']);
  assert.deepEqual((await deliveredInBulk(200, '{"statuses":[{"entryId":5}]}')).outcomes, ['retry']);
});

test('event delivery: a rejection quotes the response of the app', async () => {
  const { result } = await delivered(500, 'no stock');
  assert.deepEqual(result, { outcome: 'retry', reason: 'the app responded with 500: no stock', status: { http: 500 } });
});

const entry: BulkEntry = {
  entryId: 'a',
  data: Buffer.from('{"id":"e1","n":12345678901234567890}'),
  isRaw: false,
  attributes: { id: 'e1' },
  contentType: 'application/cloudevents+json',
  metadata: { k: 'v' },
};
const bulk: BulkDelivery = { id: 'b1', pubsubName: 'pubsub', topic: 'orders', path: '/bulk', entries: [entry] };

async function deliveredInBulk(status: number, body: string, entries: readonly BulkEntry[] = [entry]) {
  const messages: Message[] = [];
  const app: AppChannel = {
    protocol: 'http',
    request(_call, message) {
      messages.push(message);
      return Promise.resolve({ status, headers: [], body: Buffer.from(body) });
    },
    close: () => Promise.resolve(),
  };
  const results = await httpEventSink(app).deliverBulk(call, { ...bulk, entries });
  const [message] = messages;
  assert.ok(message);
  return { message, results, outcomes: results.map(({ outcome }) => outcome) };
}

test('bulk delivery: events are embedded as JSON, raw messages as base64', async () => {
  const raw = { ...entry, entryId: 'b', isRaw: true, data: Buffer.from('hi'), contentType: 'text/plain' };
  const { message } = await deliveredInBulk(200, '{}', [entry, raw]);
  assert.equal(headerOf(message.headers, 'content-type'), 'application/json');
  assert.equal(headerOf(message.headers, 'pubsubname'), 'pubsub');
  const text = Buffer.from(message.body as Uint8Array).toString();
  assert.ok(text.includes('"n":12345678901234567890'));
  assert.deepEqual(JSON.parse(text.replace(',"n":12345678901234567890', '')), {
    id: 'b1',
    type: 'com.dapr.event.sent.bulk',
    topic: 'orders',
    pubsubname: 'pubsub',
    metadata: { pubsubName: 'pubsub' },
    entries: [
      { entryId: 'a', metadata: { k: 'v' }, contentType: 'application/cloudevents+json', event: { id: 'e1' } },
      { entryId: 'b', metadata: { k: 'v' }, contentType: 'text/plain', event: 'aGk=' },
    ],
  });
});

test('bulk delivery: each entry has its own result, and a missing one is a retry', async () => {
  const entries = ['a', 'b', 'c', 'd', 'e'].map((entryId) => ({ ...entry, entryId }));
  const statuses = [
    { entryId: 'e', status: 'LATER' },
    { entryId: 'b', status: 'DROP' },
    { entryId: 'a', status: 'SUCCESS' },
    { entryId: 'c', status: '' },
    { entryId: 'x', status: 'SUCCESS' },
  ];
  const { outcomes } = await deliveredInBulk(200, JSON.stringify({ statuses }), entries);
  assert.deepEqual(outcomes, ['success', 'drop', 'retry', 'retry', 'retry']);
});

test('bulk delivery: a response that is not JSON, or an error status, applies to all entries', async () => {
  const two = [entry, { ...entry, entryId: 'b' }];
  for (const body of ['', 'OK', '{}', '{"statuses":7}'])
    assert.deepEqual((await deliveredInBulk(200, body, two)).outcomes, ['retry', 'retry']);
  assert.deepEqual((await deliveredInBulk(404, '', two)).outcomes, ['drop', 'drop']);
  const { results } = await deliveredInBulk(503, '');
  assert.deepEqual(results, [{ outcome: 'retry', reason: 'the app responded with 503', status: { http: 503 } }]);
});

test('x-outrigger-attempt: the number of the attempt, which no producer can set', async () => {
  const { message } = await delivered(200, '', { attempt: 3, metadata: { 'X-Outrigger-Attempt': '99' } });
  const values = message.headers.filter((_, i) => message.headers[i - 1]?.toLowerCase() === 'x-outrigger-attempt');
  assert.deepEqual(values, ['3']);
});

test('DROP with a reason: one line of it is part of the result', async () => {
  const reasonOf = async (reason: unknown) => {
    const { result } = await delivered(200, JSON.stringify({ status: 'DROP', reason }));
    return result.outcome === 'success' ? undefined : result.reason;
  };
  assert.equal(await reasonOf('the order\r\n is unknown '), 'the order is unknown');
  assert.equal((await reasonOf('x'.repeat(900)))?.length, 500);
  for (const none of [undefined, '', 7, { a: 1 }]) assert.equal(await reasonOf(none), 'the app dropped the event');
});

test('DROP with a reason in bulk: each entry has its own', async () => {
  const app: AppChannel = {
    protocol: 'http',
    request: () =>
      Promise.resolve({
        status: 200,
        headers: [],
        body: Buffer.from('{"statuses":[{"entryId":"1","status":"DROP","reason":"no stock"}]}'),
      }),
    close: () => Promise.resolve(),
  };
  const entry = { entryId: '1', data: event.data, isRaw: false, attributes: {}, contentType: '', metadata: {} };
  const bulk = { id: 'b', pubsubName: 'pubsub', topic: 'orders', path: '/in', entries: [entry] };
  const [result] = await httpEventSink(app).deliverBulk(call, bulk);
  assert.deepEqual(result, { outcome: 'drop', reason: 'no stock' });
});
