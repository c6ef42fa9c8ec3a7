import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { settle } from '#core/fake-clock.ts';
import type { Policy } from '#core/policy.ts';
import type { DeliveryResult } from './delivery-outcome.ts';
import type { EventDelivery, EventSink } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { pubsubFixture } from './pubsub-fixture.testing.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const event = JSON.stringify({ id: 'e1', type: 'order.placed', traceparent, tracestate: 'a=1', baggage: 'k=v' });
const orders: TopicSubscription = {
  pubsubname: 'pubsub',
  topic: 'orders',
  metadata: {},
  rules: [],
  defaultRoute: '/in',
};
const success: DeliveryResult = { outcome: 'success' };
const yes: EventSink = {
  deliver: () => Promise.resolve(success),
  deliverBulk: (_call, { entries }) => Promise.resolve(entries.map(() => success)),
};

/** Starts with one result of the app for every event; `respond` may change it. */
async function started(subscriptions: readonly TopicSubscription[], more: Partial<SubscriptionsOptions> = {}) {
  const fixture = pubsubFixture();
  const delivered: { readonly call: Call; readonly event: EventDelivery }[] = [];
  const app = { respond: (): Promise<DeliveryResult> => Promise.resolve(success) };
  const all = topicSubscriptions({
    ...fixture.options,
    declared: [],
    app: {
      deliver(call, one) {
        delivered.push({ call, event: one });
        return app.respond();
      },
      deliverBulk: () => assert.fail('bulk delivery is not enabled'),
    },
    ...more,
  });
  await all.start(subscriptions);
  return { ...fixture, all, delivered, app };
}

test('subscription: an event goes to its route, in its own trace, and is acknowledged', async () => {
  const fixture = await started([orders]);
  assert.equal(await fixture.receive(event, { attempt: 2, metadata: { x: 'y' } }), 'success');
  const [first] = fixture.delivered;
  assert.equal(first?.event.path, '/in');
  assert.equal(Buffer.from(first?.event.data ?? []).toString(), event);
  assert.deepEqual(first?.event.metadata, { x: 'y' });
  assert.equal(first?.call.baggage, 'k=v');
  assert.equal(first?.call.trace.state, 'a=1');
  assert.deepEqual(fixture.activities, [
    {
      kind: 'deliver',
      name: 'orders',
      outcome: 'ok',
      attributes: {
        pubsub: 'pubsub',
        topic: 'orders',
        route: '/in',
        attempt: 2,
        id: 'e1',
        type: 'order.placed',
        outcome: 'success',
      },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parent: 'b7ad6b7169203331',
    },
  ]);
});

test('subscription: an event without a trace begins one', async () => {
  const fixture = await started([orders]);
  await fixture.receive('{"id":"e1"}');
  assert.match(fixture.delivered[0]?.call.trace.traceId ?? '', /^[0-9a-f]{32}$/);
});

test('subscription: without a dead letter topic retry is redelivered, drop and undeliverable events are acknowledged', async () => {
  const fixture = await started([orders]);
  fixture.app.respond = () => Promise.resolve({ outcome: 'retry', reason: 'busy' });
  assert.equal(await fixture.receive(event), 'retry');
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'unknown order' });
  assert.equal(await fixture.receive(event), 'drop');
  fixture.app.respond = () => Promise.reject(new Error('broken pipe'));
  assert.equal(await fixture.receive(event), 'retry');
  assert.equal(await fixture.receive('no event'), 'drop');
  assert.equal(await fixture.receive('{"id":"1","expiration":"2020-01-01T00:00:00Z"}'), 'drop');
  assert.deepEqual(fixture.published, []);
  assert.deepEqual(
    fixture.activities.map(({ outcome }) => outcome),
    ['error', 'error', 'error'],
  );
});

test('subscription: with a dead letter topic every undelivered event goes there once, with the reason', async () => {
  const fixture = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  fixture.app.respond = () => Promise.resolve({ outcome: 'retry', reason: 'the app responded with 500: no\nstock' });
  assert.equal(await fixture.receive(event, { attempt: 3, metadata: { x: 'y' }, contentType: 'a/b' }), 'drop');
  const [sent] = fixture.published;
  assert.deepEqual([sent?.topic, sent?.id, sent?.contentType], ['dead', 'e1/dead-letter/shop', 'a/b']);
  assert.deepEqual(sent?.metadata, {
    x: 'y',
    deadletterreason: 'the app responded with 500: no stock',
    deadlettertopic: 'orders',
    deadletterattempts: '3',
    deadletterconsumer: 'shop',
  });
  assert.deepEqual(fixture.events()[0], {
    ...(JSON.parse(event) as object),
    deadletterreason: 'the app responded with 500: no stock',
    deadlettertopic: 'orders',
    deadletterattempts: '3',
    deadletterconsumer: 'shop',
  });
  const last = fixture.activities.at(-1);
  assert.deepEqual(
    [last?.kind, last?.name, last?.traceId],
    ['dead-letter', 'dead', '0af7651916cd43dd8448eb211c80319c'],
  );

  assert.equal(await fixture.receive('no event'), 'drop');
  assert.equal(Buffer.from(fixture.published[1]?.data ?? []).toString(), 'no event');
  assert.equal(fixture.published[1]?.metadata.deadletterreason, 'the message is not a CloudEvent');
  assert.equal(await fixture.receive('{"id":"1","expiration":"2020-01-01T00:00:00Z"}'), 'drop');
  assert.equal(fixture.published[2]?.metadata.deadletterreason, 'the event has expired');
});

test('subscription: an event stays with the broker when its dead letter cannot be stored', async () => {
  const fixture = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  fixture.app.respond = () => Promise.resolve({ outcome: 'drop', reason: 'no' });
  fixture.faults.publish = new Error('full');
  assert.equal(await fixture.receive(event), 'retry');
});

test('subscription: an unavailable app keeps its events, with and without a dead letter topic', async () => {
  const fixture = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  fixture.app.respond = () => Promise.reject(appUnavailable('127.0.0.1:3000', 'connection refused'));
  assert.equal(await fixture.receive(event), 'retry');
  assert.deepEqual(fixture.published, []);
});

test('routing: rules are tried in order, and an event without a match is dropped or dead-lettered', async () => {
  const routed = {
    ...orders,
    defaultRoute: undefined,
    rules: [
      { match: 'type', path: '/a' },
      { match: 'id', path: '/b' },
    ],
  };
  const matcher = () => Promise.resolve((name: string) => (one: object) => name in one);
  const fixture = await started([routed, { ...routed, topic: 'other', deadLetterTopic: 'dead' }], { matcher });
  await fixture.receive('{"id":"1","type":"x"}');
  await fixture.receive('{"id":"1"}');
  assert.equal(await fixture.receive('{"x":"1"}'), 'drop');
  assert.deepEqual(
    fixture.delivered.map((one) => one.event.path),
    ['/a', '/b'],
  );
  assert.equal(await fixture.receive('{"x":"1"}', {}, 1), 'drop');
  assert.equal(fixture.published[0]?.metadata.deadletterreason, 'no route matches the event');
});

test('routing: a match without an evaluator is rejected at subscription', async () => {
  const routed = { ...orders, rules: [{ match: 'event.type == "x"', path: '/a' }] };
  const lines: unknown[] = [];
  const { log } = pubsubFixture().options;
  const fixture = await started([routed], { log: { ...log, error: (fields) => void lines.push(fields) } });
  assert.equal(fixture.subscribed.length, 0);
  assert.match(JSON.stringify(lines), /expressions are not available here/);
});

test('routing: the expression evaluator is loaded only when needed', async () => {
  let brought = 0;
  const matcher = () => (brought++, Promise.resolve(() => () => true));
  await started([orders], { matcher });
  assert.equal(brought, 0);
  await started([{ ...orders, rules: [{ match: 'true', path: '/a' }] }], { matcher });
  assert.equal(brought, 1);
});

test('routing: an expression that cannot be applied causes a redelivery, or a dead letter', async () => {
  const matcher = () =>
    Promise.resolve(() => () => {
      throw new TypeError('no such key');
    });
  const routed = { ...orders, rules: [{ match: 'event.data.x == 1', path: '/a' }] };
  const lines: unknown[] = [];
  const log = { ...pubsubFixture().log, warn: (fields: unknown) => void lines.push(fields) };
  const fixture = await started([routed, { ...routed, topic: 'other', deadLetterTopic: 'dead' }], { matcher, log });
  assert.equal(await fixture.receive(event), 'retry');
  assert.match(JSON.stringify(lines), /"topic":"orders".*"id":"e1".*"reason":"no such key"/);
  assert.equal(await fixture.receive(event, {}, 1), 'drop');
  assert.equal(fixture.published[0]?.metadata.deadletterreason, 'no such key');
  assert.equal(fixture.delivered.length, 0);
});

test('policy: sees the status of a rejection and repeats the delivery; a dropped event is no failure', async () => {
  const statuses: unknown[] = [];
  const thrice: Policy = async (call, _name, operation) => {
    const notes = { failed: (status?: unknown) => void statuses.push(status), last() {} };
    await operation(call, 1, notes);
    await operation(call, 2, notes);
    return operation(call, 3, notes);
  };
  const fixture = await started([orders], { policyFor: (name) => (name === 'pubsub' ? thrice : undefined) });
  const results: DeliveryResult[] = [
    { outcome: 'retry', reason: 'busy', status: { http: 503 } },
    { outcome: 'drop', reason: 'no' },
    success,
  ];
  fixture.app.respond = () => Promise.resolve(results.shift() ?? success);
  assert.equal(await fixture.receive(event), 'success');
  assert.deepEqual(statuses, [{ http: 503 }]);
  assert.equal(fixture.delivered.length, 3);
});

test('subscription: a raw one wraps messages in events', async () => {
  const fixture = await started([{ ...orders, metadata: { rawPayload: 'true' } }]);
  await fixture.receive('anything');
  assert.equal(fixture.delivered[0]?.event.attributes.data_base64, 'YW55dGhpbmc=');
});

test("subscription: the app's own replaces that of a file, and scopes exclude topics", async () => {
  const scoped = pubsubFixture({ subscriptionscopes: 'shop=orders,stock' });
  const app = yes;
  const declared = [
    { ...orders, defaultRoute: '/declared' },
    { ...orders, topic: 'stock', defaultRoute: '/declared' },
  ];
  const all = topicSubscriptions({ ...scoped.options, declared, app });
  // declarative subscriptions are known before the app is available
  assert.deepEqual(
    all.list().map(({ topic }) => topic),
    ['orders', 'stock'],
  );
  await all.start([orders, { ...orders, topic: 'money' }, { ...orders, pubsubname: 'nope' }]);
  assert.deepEqual(
    all.list().map(({ pubsubname, topic, defaultRoute, source }) => [pubsubname, topic, defaultRoute, source]),
    [
      ['pubsub', 'orders', '/in', 'programmatic'],
      ['pubsub', 'stock', '/declared', 'declarative'],
      ['pubsub', 'money', '/in', 'programmatic'],
      ['nope', 'orders', '/in', 'programmatic'],
    ],
  );
  assert.deepEqual(
    scoped.subscribed.map(({ request }) => request.topic),
    ['orders', 'stock'],
  );
  await all.stop(0);
});

test('subscription: of two by the app for one topic the last applies, of two declarative ones the first', async () => {
  const second = { ...orders, defaultRoute: '/second' };
  const named = await started([orders, second]);
  assert.deepEqual(
    named.all.list().map(({ defaultRoute }) => defaultRoute),
    ['/second'],
  );
  const declared = await started([], { declared: [orders, second] });
  assert.deepEqual(
    declared.all.list().map(({ defaultRoute }) => defaultRoute),
    ['/in'],
  );
});

test('subscription: a failed one is retried with growing delays until it is open', async () => {
  const fixture = pubsubFixture();
  fixture.faults.subscribe.push(new Error('no server'), new Error('no server'));
  const all = topicSubscriptions({
    ...fixture.options,
    declared: [orders],
    app: yes,
  });
  await all.start([]);
  assert.equal(fixture.subscribed.length, 0);
  await fixture.clock.tick(500);
  assert.equal(fixture.subscribed.length, 0);
  await fixture.clock.tick(1000);
  assert.equal(fixture.subscribed.length, 1);
});

test('subscription: stopping closes all and ends waiting retries, and starting opens them again', async () => {
  const fixture = pubsubFixture();
  const two = { ...orders, topic: 'stock' };
  const all = topicSubscriptions({
    ...fixture.options,
    declared: [orders, two],
    app: yes,
  });
  await all.start([]);
  await all.stop(1000);
  assert.deepEqual(
    fixture.subscribed.map(({ isClosed }) => isClosed),
    [true, true],
  );
  assert.equal(all.list().length, 2);
  fixture.faults.subscribe.push(new Error('no server'));
  await all.start([]);
  assert.equal(fixture.subscribed.filter(({ isClosed }) => !isClosed).length, 1);
  await all.stop(0);
  assert.equal(fixture.clock.pending, 0);
  await all.start([]);
  await all.start([]);
  await settle();
  assert.equal(fixture.subscribed.filter(({ isClosed }) => !isClosed).length, 2);
});

test('subscription: changed files open new ones, drain removed ones and leave the rest unchanged', async () => {
  const stock = { ...orders, topic: 'stock' };
  const fixture = await started([{ ...orders, topic: 'own' }], { declared: [orders, stock] });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<DeliveryResult>();
  fixture.app.respond = () => mayEnd;
  const outcome = fixture.receive(event);
  const redeclared = fixture.all.reloadDeclarative([{ ...stock }, { ...orders, topic: 'new' }], 1_000);
  await settle();
  const topics = () => fixture.all.list().map(({ topic }) => topic);
  assert.deepEqual(topics(), ['stock', 'own', 'new']);
  assert.deepEqual(
    fixture.subscribed.map(({ request, isClosed }) => [request.topic, isClosed]),
    [
      ['orders', true],
      ['stock', false],
      ['own', false],
      ['new', false],
    ],
  );
  end(success);
  assert.equal(await outcome, 'success');
  await redeclared;
  await fixture.all.stop(0);
  assert.deepEqual(topics(), ['stock', 'own', 'new']);
  await fixture.all.reloadDeclarative([], 0);
  assert.deepEqual(topics(), []);
});

test('subscription: a delivery that outlasts the drain is aborted and not dead-lettered', async () => {
  const fixture = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  fixture.app.respond = () =>
    new Promise((_, reject) => {
      const signal = fixture.delivered[0]?.call.signal;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const outcome = fixture.receive(event);
  await settle();
  await fixture.all.stop(0);
  assert.equal(await outcome, 'retry');
  assert.deepEqual(fixture.published, []);
});

test('subscription: when a component is replaced, its subscriptions move to the new one', async () => {
  const fixture = await started([orders]);
  const [[name, old] = []] = fixture.brokers;
  assert.ok(name && old);
  await fixture.all.resubscribe(0);
  assert.deepEqual(
    fixture.subscribed.map(({ isClosed }) => isClosed),
    [false],
  );
  fixture.brokers.set(name, { ...old, port: { ...old.port } });
  await fixture.all.resubscribe(0);
  assert.deepEqual(
    fixture.subscribed.map(({ isClosed }) => isClosed),
    [true, false],
  );
  fixture.brokers.delete(name);
  await fixture.all.resubscribe(0);
  assert.deepEqual(
    fixture.subscribed.map(({ isClosed }) => isClosed),
    [true, true],
  );
});

test('subscription: an app is queried only once there is a broker', async () => {
  const fixture = pubsubFixture();
  const [[name, broker] = assert.fail()] = fixture.options.brokers;
  const brokers = new Map<string, typeof broker>();
  const all = topicSubscriptions({ ...fixture.options, brokers, declared: [], app: yes });
  let discoveries = 0;
  const discover = (): Promise<readonly TopicSubscription[]> => {
    discoveries += 1;
    return Promise.resolve([orders]);
  };
  await all.start(discover);
  assert.equal(discoveries, 0);
  brokers.set(name, broker);
  await all.resubscribe(0);
  await all.resubscribe(0);
  assert.deepEqual([discoveries, all.list().length], [1, 1]);
  await all.start(discover);
  assert.equal(discoveries, 2);
  await all.stop(0);
});
