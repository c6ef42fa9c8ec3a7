import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import type { Log } from '#core/log.ts';
import { silentLog } from '#core/log.ts';
import type { Policy } from '#core/policy.ts';
import type { DeliveryResult } from './delivery-outcome.ts';
import type { EventDelivery } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { pubsubFixture } from './pubsub-fixture.testing.ts';

const orders: TopicSubscription = {
  pubsubname: 'pubsub',
  topic: 'orders',
  metadata: {},
  rules: [],
  defaultRoute: '/in',
  deadLetterTopic: 'dead',
};
const success: DeliveryResult = { outcome: 'success' };
const busy: DeliveryResult = { outcome: 'retry', reason: 'busy' };
const unavailable = (): Promise<DeliveryResult> =>
  Promise.reject(appUnavailable('127.0.0.1:3000', 'connection refused'));

async function started(one: TopicSubscription, more: Partial<SubscriptionsOptions> = {}) {
  const fixture = pubsubFixture();
  const lines: string[] = [];
  const line =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const log: Log = { ...silentLog, warn: line('warn'), error: line('error') };
  const delivered: EventDelivery[] = [];
  const app = { respond: (): Promise<DeliveryResult> => Promise.resolve(success) };
  const all = topicSubscriptions({
    ...fixture.options,
    declared: [],
    log,
    app: {
      deliver: (_call, event) => (delivered.push(event), app.respond()),
      deliverBulk: (_call, { entries }) => Promise.all(entries.map(() => app.respond())),
    },
    ...more,
  });
  await all.start([one]);
  return { ...fixture, lines, delivered, app };
}

const thrice: Policy = async (call, _name, operation) => {
  const notes = { failed() {}, last() {} };
  for (const attempt of [1, 2]) await operation(call, attempt, notes).catch(() => {});
  return operation(call, 3, notes);
};

test("policy: while an event waits for its next attempt it does not count against the broker's limit", async () => {
  const fixture = await started(orders, { policyFor: () => thrice });
  const results = [unavailable(), Promise.resolve(busy), Promise.resolve(success)];
  const waitCalls: (boolean | string)[] = [];
  fixture.app.respond = () => {
    waitCalls.push('attempt');
    return results.shift() ?? unavailable();
  };
  assert.equal(await fixture.receive('{"id":"1"}', { waits: (isWaiting) => waitCalls.push(isWaiting) }), 'success');
  assert.deepEqual(waitCalls, [false, 'attempt', true, false, 'attempt', true, false, 'attempt']);
});

test('dead letter: the reason of the app, the attempts of broker and policy together, and the consumer', async () => {
  const fixture = await started(orders, { policyFor: () => thrice });
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'no such order' });
  await fixture.receive('{"id":"1"}', { attempt: 4 });
  assert.deepEqual(
    fixture.delivered.map(({ attempt }) => attempt),
    [4, 5, 6],
  );
  assert.deepEqual(fixture.events()[0], {
    id: '1',
    deadletterreason: 'no such order',
    deadlettertopic: 'orders',
    deadletterattempts: '6',
    deadletterconsumer: 'shop',
  });
});

test('attempts: the number grows over policy retries and broker deliveries, and begins again after success', async () => {
  const fixture = await started({ ...orders, deadLetterTopic: undefined }, { policyFor: () => thrice });
  fixture.app.respond = () => Promise.resolve(busy);
  await fixture.receive('{"id":"1"}', { attempt: 1 });
  await fixture.receive('{"id":"1"}', { attempt: 2 });
  await fixture.receive('{"id":"2"}', { attempt: 1 });
  fixture.app.respond = () => Promise.resolve(success);
  await fixture.receive('{"id":"1"}', { attempt: 3 });
  await fixture.receive('{"id":"1"}', { attempt: 1 });
  await fixture.receive('{"id":"3"}');
  const numbers = fixture.delivered.map(({ attempt }) => attempt);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 1, 2, 3, 7, 8, 9, 1, 2, 3, 1, 2, 3]);
});

test('last attempt: an app that is unavailable loses its event to the dead letter topic, with the reason', async () => {
  const fixture = await started(orders);
  fixture.app.respond = unavailable;
  assert.equal(await fixture.receive('{"id":"1"}', { attempt: 11 }), 'retry');
  assert.deepEqual(fixture.published, []);
  assert.equal(await fixture.receive('{"id":"1"}', { attempt: 12, isLastAttempt: true }), 'drop');
  const [deadLetter] = fixture.events();
  assert.match(String(deadLetter?.deadletterreason), /connection refused/);
  assert.equal(deadLetter?.deadletterattempts, '12');
});

test('last attempt: bulk entries of an unavailable app are dead-lettered as well', async () => {
  const bulkSubscribe = { enabled: true, maxMessagesCount: 1, maxAwaitDurationMs: 10 };
  const fixture = await started({ ...orders, bulkSubscribe });
  fixture.app.respond = unavailable;
  assert.equal(await fixture.receive('{"id":"1"}', { attempt: 1 }), 'retry');
  assert.equal(await fixture.receive('{"id":"1"}', { attempt: 2, isLastAttempt: true }), 'drop');
  assert.equal(fixture.events()[0]?.deadletterattempts, '2');
});

test('last attempt: without a dead letter topic an error line names event, topic, consumer and reason', async () => {
  const fixture = await started({ ...orders, deadLetterTopic: undefined });
  for (const result of [unavailable, () => Promise.resolve(busy)]) {
    fixture.app.respond = result;
    fixture.lines.length = 0;
    assert.equal(await fixture.receive('{"id":"e9"}', { attempt: 3, isLastAttempt: true }), 'retry');
    assert.equal(fixture.lines.length, 1);
    assert.match(
      fixture.lines[0] ?? '',
      /^error .*event-given-up.*"topic":"orders","consumer":"shop","id":"e9","attempt":3/,
    );
  }
});

test('last attempt: a dead letter that cannot be stored is stored later instead of being lost', async () => {
  const fixture = await started(orders);
  fixture.app.respond = () => Promise.resolve(busy);
  fixture.faults.publish = new Error('full');
  let outcome: string | undefined;
  void fixture.receive('{"id":"1"}', { attempt: 3, isLastAttempt: true }).then((settled) => (outcome = settled));
  await fixture.clock.tick(1000);
  await fixture.clock.tick(2000);
  assert.equal(outcome, undefined);
  fixture.faults.publish = undefined;
  await fixture.clock.tick(4000);
  assert.equal(outcome, 'drop');
  assert.equal(fixture.published.length, 1);
});

test('dead letter topic: the topic itself is ignored with a warning, so that nothing loops', async () => {
  const fixture = await started({ ...orders, deadLetterTopic: 'orders' });
  assert.match(fixture.lines[0] ?? '', /^warn .*dead-letter-topic-ignored.*"topic":"orders".*is ignored/);
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'no' });
  assert.equal(await fixture.receive('{"id":"1"}'), 'drop');
  fixture.app.respond = () => Promise.resolve(busy);
  assert.equal(await fixture.receive('{"id":"1"}'), 'retry');
  assert.deepEqual(fixture.published, []);
});

test('dead letter topic: a dead letter is not sent back to its topic, by a wildcard or by a pair of topics', async () => {
  const fixture = await started({ ...orders, topic: 'orders.*', deadLetterTopic: 'orders.dead' });
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'no' });
  await fixture.receive('{"id":"1"}', { topic: 'orders.new' });
  assert.equal(await fixture.receive('{"id":"1"}', { topic: 'orders.dead' }), 'drop');
  await fixture.receive('{"id":"1","deadlettertopic":"orders.dead"}', { topic: 'orders.other' });
  assert.equal(fixture.published.length, 1);
});

test('dead letter: when it fails again the latest details apply, once', async () => {
  const fixture = await started({ ...orders, topic: 'dead', deadLetterTopic: 'buried' });
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'still no' });
  const before = {
    id: '1',
    deadletterreason: 'no',
    deadlettertopic: 'orders',
    deadletterattempts: '9',
    data: { n: 1 },
  };
  await fixture.receive(JSON.stringify(before), { attempt: 1 });
  const text = Buffer.from(fixture.published[0]?.data ?? []).toString();
  assert.equal(text.match(/deadletterreason/g)?.length, 1);
  const deadLetter = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(
    [deadLetter.deadletterreason, deadLetter.deadlettertopic, deadLetter.deadletterattempts],
    ['still no', 'dead', '1'],
  );
  assert.deepEqual(deadLetter.data, { n: 1 });
});

test('dead letter: has the trace of its event, a reason of one line and 500 characters, and is JSON when empty', async () => {
  const fixture = await started(orders);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: `a\r\nb ${'x'.repeat(600)}` });
  await fixture.receive(JSON.stringify({ id: '1', traceparent }));
  await fixture.receive('{ }', { metadata: { traceparent } });
  const [first, second] = fixture.events();
  assert.equal(first?.traceparent, traceparent);
  assert.match(String(first?.deadletterreason), /^a b x{496}$/);
  assert.equal(second?.deadletterconsumer, 'shop');
  assert.equal(fixture.published[1]?.metadata.traceparent, traceparent);
});

test('dead letter: an event in binary mode becomes one that carries its attributes itself', async () => {
  const fixture = await started(orders);
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'no' });
  await fixture.receive('{"n":1}', { metadata: { ce_id: '7', ce_type: 't' }, contentType: 'application/json' });
  const [deadLetter] = fixture.events();
  assert.deepEqual([deadLetter?.id, deadLetter?.type, deadLetter?.data], ['7', 't', { n: 1 }]);
  assert.equal(fixture.published[0]?.metadata.ce_id, undefined);
});
