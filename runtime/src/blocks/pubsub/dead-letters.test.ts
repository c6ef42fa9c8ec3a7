import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import type { Log } from '#core/log.ts';
import { silentLog } from '#core/log.ts';
import type { Policy } from '#core/policy.ts';
import type { EventAnswer, EventDelivery } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { bench } from './test-bench.ts';

const orders: TopicSubscription = {
  pubsubname: 'pubsub',
  topic: 'orders',
  metadata: {},
  rules: [],
  defaultRoute: '/in',
  deadLetterTopic: 'dead',
};
const success: EventAnswer = { verdict: 'success' };
const busy: EventAnswer = { verdict: 'retry', reason: 'busy' };
const away = (): Promise<EventAnswer> => Promise.reject(appUnavailable('127.0.0.1:3000', 'connection refused'));

async function started(one: TopicSubscription, more: Partial<SubscriptionsOptions> = {}) {
  const world = bench();
  const lines: string[] = [];
  const line =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const log: Log = { ...silentLog, warn: line('warn'), error: line('error') };
  const delivered: EventDelivery[] = [];
  const app = { answer: (): Promise<EventAnswer> => Promise.resolve(success) };
  const all = topicSubscriptions({
    ...world.options,
    declared: [],
    log,
    app: {
      deliver: (_call, event) => (delivered.push(event), app.answer()),
      deliverBulk: (_call, { entries }) => Promise.all(entries.map(() => app.answer())),
    },
    ...more,
  });
  await all.start([one]);
  return { ...world, lines, delivered, app };
}

const thrice: Policy = async (call, _name, operation) => {
  const notes = { failed() {}, last() {} };
  for (const attempt of [1, 2]) await operation(call, attempt, notes).catch(() => {});
  return operation(call, 3, notes);
};

test('policy: while an event waits for its next attempt the broker knows that it takes no place', async () => {
  const world = await started(orders, { policyFor: () => thrice });
  const answers = [away(), Promise.resolve(busy), Promise.resolve(success)];
  const told: (boolean | string)[] = [];
  world.app.answer = () => {
    told.push('attempt');
    return answers.shift() ?? away();
  };
  assert.equal(await world.receive('{"id":"1"}', { waits: (isWaiting) => told.push(isWaiting) }), 'ack');
  assert.deepEqual(told, [false, 'attempt', true, false, 'attempt', true, false, 'attempt']);
});

test('dead letter: the reason of the app, the attempts of broker and policy together, and the consumer', async () => {
  const world = await started(orders, { policyFor: () => thrice });
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'no such order' });
  await world.receive('{"id":"1"}', { attempt: 4 });
  assert.deepEqual(
    world.delivered.map(({ attempt }) => attempt),
    [4, 5, 6],
  );
  assert.deepEqual(world.events()[0], {
    id: '1',
    deadletterreason: 'no such order',
    deadlettertopic: 'orders',
    deadletterattempts: '6',
    deadletterconsumer: 'shop',
  });
});

test('attempts: the number grows over policy retries and broker deliveries, and begins again after success', async () => {
  const world = await started({ ...orders, deadLetterTopic: undefined }, { policyFor: () => thrice });
  world.app.answer = () => Promise.resolve(busy);
  await world.receive('{"id":"1"}', { attempt: 1 });
  await world.receive('{"id":"1"}', { attempt: 2 });
  await world.receive('{"id":"2"}', { attempt: 1 });
  world.app.answer = () => Promise.resolve(success);
  await world.receive('{"id":"1"}', { attempt: 3 });
  await world.receive('{"id":"1"}', { attempt: 1 });
  await world.receive('{"id":"3"}');
  const numbers = world.delivered.map(({ attempt }) => attempt);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 1, 2, 3, 7, 8, 9, 1, 2, 3, 1, 2, 3]);
});

test('last attempt: an app that is unavailable loses its event to the dead letter topic, with the reason', async () => {
  const world = await started(orders);
  world.app.answer = away;
  assert.equal(await world.receive('{"id":"1"}', { attempt: 11 }), 'retry');
  assert.deepEqual(world.published, []);
  assert.equal(await world.receive('{"id":"1"}', { attempt: 12, isLastAttempt: true }), 'ack');
  const [letter] = world.events();
  assert.match(String(letter?.deadletterreason), /connection refused/);
  assert.equal(letter?.deadletterattempts, '12');
});

test('last attempt: bulk entries of an unavailable app are dead-lettered as well', async () => {
  const bulkSubscribe = { enabled: true, maxMessagesCount: 1, maxAwaitDurationMs: 10 };
  const world = await started({ ...orders, bulkSubscribe });
  world.app.answer = away;
  assert.equal(await world.receive('{"id":"1"}', { attempt: 1 }), 'retry');
  assert.equal(await world.receive('{"id":"1"}', { attempt: 2, isLastAttempt: true }), 'ack');
  assert.equal(world.events()[0]?.deadletterattempts, '2');
});

test('last attempt: without a dead letter topic an error line names event, topic, consumer and reason', async () => {
  const world = await started({ ...orders, deadLetterTopic: undefined });
  for (const answer of [away, () => Promise.resolve(busy)]) {
    world.app.answer = answer;
    world.lines.length = 0;
    assert.equal(await world.receive('{"id":"e9"}', { attempt: 3, isLastAttempt: true }), 'retry');
    assert.equal(world.lines.length, 1);
    assert.match(
      world.lines[0] ?? '',
      /^error .*event-given-up.*"topic":"orders","consumer":"shop","id":"e9","attempt":3/,
    );
  }
});

test('last attempt: a dead letter that cannot be stored is stored later instead of being lost', async () => {
  const world = await started(orders);
  world.app.answer = () => Promise.resolve(busy);
  world.faults.publish = new Error('full');
  let verdict: string | undefined;
  void world.receive('{"id":"1"}', { attempt: 3, isLastAttempt: true }).then((given) => (verdict = given));
  await world.clock.tick(1000);
  await world.clock.tick(2000);
  assert.equal(verdict, undefined);
  world.faults.publish = undefined;
  await world.clock.tick(4000);
  assert.equal(verdict, 'ack');
  assert.equal(world.published.length, 1);
});

test('dead letter topic: the topic itself is ignored with a warning, so that nothing loops', async () => {
  const world = await started({ ...orders, deadLetterTopic: 'orders' });
  assert.match(world.lines[0] ?? '', /^warn .*dead-letter-topic-ignored.*"topic":"orders".*is ignored/);
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'no' });
  assert.equal(await world.receive('{"id":"1"}'), 'ack');
  world.app.answer = () => Promise.resolve(busy);
  assert.equal(await world.receive('{"id":"1"}'), 'retry');
  assert.deepEqual(world.published, []);
});

test('dead letter topic: a letter does not go back where it came from, by a wildcard or by a pair of topics', async () => {
  const world = await started({ ...orders, topic: 'orders.*', deadLetterTopic: 'orders.dead' });
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'no' });
  await world.receive('{"id":"1"}', { topic: 'orders.new' });
  assert.equal(await world.receive('{"id":"1"}', { topic: 'orders.dead' }), 'ack');
  await world.receive('{"id":"1","deadlettertopic":"orders.dead"}', { topic: 'orders.other' });
  assert.equal(world.published.length, 1);
});

test('dead letter: of a letter that fails again the latest facts count, once', async () => {
  const world = await started({ ...orders, topic: 'dead', deadLetterTopic: 'buried' });
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'still no' });
  const before = {
    id: '1',
    deadletterreason: 'no',
    deadlettertopic: 'orders',
    deadletterattempts: '9',
    data: { n: 1 },
  };
  await world.receive(JSON.stringify(before), { attempt: 1 });
  const text = Buffer.from(world.published[0]?.data ?? []).toString();
  assert.equal(text.match(/deadletterreason/g)?.length, 1);
  const letter = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(
    [letter.deadletterreason, letter.deadlettertopic, letter.deadletterattempts],
    ['still no', 'dead', '1'],
  );
  assert.deepEqual(letter.data, { n: 1 });
});

test('dead letter: keeps the trace of its event, has a reason of one line and 500 characters, and is JSON when empty', async () => {
  const world = await started(orders);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: `a\r\nb ${'x'.repeat(600)}` });
  await world.receive(JSON.stringify({ id: '1', traceparent }));
  await world.receive('{ }', { metadata: { traceparent } });
  const [first, second] = world.events();
  assert.equal(first?.traceparent, traceparent);
  assert.match(String(first?.deadletterreason), /^a b x{496}$/);
  assert.equal(second?.deadletterconsumer, 'shop');
  assert.equal(world.published[1]?.metadata.traceparent, traceparent);
});

test('dead letter: an event in binary mode becomes one that carries its attributes itself', async () => {
  const world = await started(orders);
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'no' });
  await world.receive('{"n":1}', { metadata: { ce_id: '7', ce_type: 't' }, contentType: 'application/json' });
  const [letter] = world.events();
  assert.deepEqual([letter?.id, letter?.type, letter?.data], ['7', 't', { n: 1 }]);
  assert.equal(world.published[0]?.metadata.ce_id, undefined);
});
