import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { settle } from '#core/fake-clock.ts';
import type { Policy } from '#core/policy.ts';
import type { EventAnswer, EventDelivery, EventSink } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { bench } from './test-bench.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const event = JSON.stringify({ id: 'e1', type: 'order.placed', traceparent, tracestate: 'a=1', baggage: 'k=v' });
const orders: TopicSubscription = {
  pubsubname: 'pubsub',
  topic: 'orders',
  metadata: {},
  rules: [],
  defaultRoute: '/in',
};
const success: EventAnswer = { verdict: 'success' };
const yes: EventSink = {
  deliver: () => Promise.resolve(success),
  deliverBulk: (_call, { entries }) => Promise.resolve(entries.map(() => success)),
};

/** Starts with one answer of the app for every event; `answer` may change it. */
async function started(subscriptions: readonly TopicSubscription[], more: Partial<SubscriptionsOptions> = {}) {
  const world = bench();
  const delivered: { readonly call: Call; readonly event: EventDelivery }[] = [];
  const app = { answer: (): Promise<EventAnswer> => Promise.resolve(success) };
  const all = topicSubscriptions({
    ...world.options,
    declared: [],
    app: {
      deliver(call, one) {
        delivered.push({ call, event: one });
        return app.answer();
      },
      deliverBulk: () => assert.fail('nobody asked for the bulk form'),
    },
    ...more,
  });
  await all.start(subscriptions);
  return { ...world, all, delivered, app };
}

test('an event goes to its route, in its own trace, and is acknowledged', async () => {
  const world = await started([orders]);
  assert.equal(await world.receive(event, { attempt: 2, metadata: { x: 'y' } }), 'ack');
  const [first] = world.delivered;
  assert.equal(first?.event.path, '/in');
  assert.equal(Buffer.from(first?.event.data ?? []).toString(), event);
  assert.deepEqual(first?.event.metadata, { x: 'y' });
  assert.equal(first?.call.baggage, 'k=v');
  assert.equal(first?.call.trace.state, 'a=1');
  assert.deepEqual(world.activities, [
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
        verdict: 'success',
      },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parent: 'b7ad6b7169203331',
    },
  ]);
});

test('an event without a trace begins one', async () => {
  const world = await started([orders]);
  await world.receive('{"id":"e1"}');
  assert.match(world.delivered[0]?.call.trace.traceId ?? '', /^[0-9a-f]{32}$/);
});

test('without a dead letter topic: retry comes back, drop and the undeliverable are acknowledged', async () => {
  const world = await started([orders]);
  world.app.answer = () => Promise.resolve({ verdict: 'retry', reason: 'busy' });
  assert.equal(await world.receive(event), 'retry');
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'unknown order' });
  assert.equal(await world.receive(event), 'ack');
  world.app.answer = () => Promise.reject(new Error('broken pipe'));
  assert.equal(await world.receive(event), 'retry');
  assert.equal(await world.receive('no event'), 'ack');
  assert.equal(await world.receive('{"id":"1","expiration":"2020-01-01T00:00:00Z"}'), 'ack');
  assert.deepEqual(world.published, []);
  assert.deepEqual(
    world.activities.map(({ outcome }) => outcome),
    ['error', 'error', 'error'],
  );
});

test('with a dead letter topic everything undelivered goes there, with the reason, once', async () => {
  const world = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  world.app.answer = () => Promise.resolve({ verdict: 'retry', reason: 'the app answered 500: no\nstock' });
  assert.equal(await world.receive(event, { attempt: 3, metadata: { x: 'y' }, contentType: 'a/b' }), 'ack');
  const [letter] = world.published;
  assert.deepEqual([letter?.topic, letter?.id, letter?.contentType], ['dead', 'e1/dead-letter/shop', 'a/b']);
  assert.deepEqual(letter?.metadata, {
    x: 'y',
    deadletterreason: 'the app answered 500: no stock',
    deadlettertopic: 'orders',
    deadletterattempts: '3',
    deadletterconsumer: 'shop',
  });
  assert.deepEqual(world.events()[0], {
    ...(JSON.parse(event) as object),
    deadletterreason: 'the app answered 500: no stock',
    deadlettertopic: 'orders',
    deadletterattempts: '3',
    deadletterconsumer: 'shop',
  });
  const last = world.activities.at(-1);
  assert.deepEqual(
    [last?.kind, last?.name, last?.traceId],
    ['dead-letter', 'dead', '0af7651916cd43dd8448eb211c80319c'],
  );

  assert.equal(await world.receive('no event'), 'ack');
  assert.equal(Buffer.from(world.published[1]?.data ?? []).toString(), 'no event');
  assert.equal(world.published[1]?.metadata.deadletterreason, 'the message is not a CloudEvent');
  assert.equal(await world.receive('{"id":"1","expiration":"2020-01-01T00:00:00Z"}'), 'ack');
  assert.equal(world.published[2]?.metadata.deadletterreason, 'the event has expired');
});

test('a dead letter that cannot be stored leaves the event where it is', async () => {
  const world = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  world.app.answer = () => Promise.resolve({ verdict: 'drop', reason: 'no' });
  world.faults.publish = new Error('full');
  assert.equal(await world.receive(event), 'retry');
});

test('an app that is away keeps its events, dead letter topic or not', async () => {
  const world = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  world.app.answer = () => Promise.reject(appUnavailable('127.0.0.1:3000', 'connection refused'));
  assert.equal(await world.receive(event), 'retry');
  assert.deepEqual(world.published, []);
});

test('rules are tried in order, and an event that none fits is dropped or dead-lettered', async () => {
  const routed = {
    ...orders,
    defaultRoute: undefined,
    rules: [
      { match: 'type', path: '/a' },
      { match: 'id', path: '/b' },
    ],
  };
  const matcher = () => Promise.resolve((name: string) => (one: object) => name in one);
  const world = await started([routed, { ...routed, topic: 'other', deadLetterTopic: 'dead' }], { matcher });
  await world.receive('{"id":"1","type":"x"}');
  await world.receive('{"id":"1"}');
  assert.equal(await world.receive('{"x":"1"}'), 'ack');
  assert.deepEqual(
    world.delivered.map((one) => one.event.path),
    ['/a', '/b'],
  );
  assert.equal(await world.receive('{"x":"1"}', {}, 1), 'ack');
  assert.equal(world.published[0]?.metadata.deadletterreason, 'no route matches the event');
});

test('a match that nothing can evaluate is refused when subscribing', async () => {
  const routed = { ...orders, rules: [{ match: 'event.type == "x"', path: '/a' }] };
  const lines: unknown[] = [];
  const { log } = bench().options;
  const world = await started([routed], { log: { ...log, error: (fields) => void lines.push(fields) } });
  assert.equal(world.subscribed.length, 0);
  assert.match(JSON.stringify(lines), /expressions are not available here/);
});

test('what evaluates expressions is brought only when there are some', async () => {
  let brought = 0;
  const matcher = () => (brought++, Promise.resolve(() => () => true));
  await started([orders], { matcher });
  assert.equal(brought, 0);
  await started([{ ...orders, rules: [{ match: 'true', path: '/a' }] }], { matcher });
  assert.equal(brought, 1);
});

test('an expression that cannot be applied to an event makes it come again, or a dead letter', async () => {
  const matcher = () =>
    Promise.resolve(() => () => {
      throw new TypeError('no such key');
    });
  const routed = { ...orders, rules: [{ match: 'event.data.x == 1', path: '/a' }] };
  const lines: unknown[] = [];
  const log = { ...bench().log, warn: (fields: unknown) => void lines.push(fields) };
  const world = await started([routed, { ...routed, topic: 'other', deadLetterTopic: 'dead' }], { matcher, log });
  assert.equal(await world.receive(event), 'retry');
  assert.match(JSON.stringify(lines), /"topic":"orders".*"id":"e1".*"reason":"no such key"/);
  assert.equal(await world.receive(event, {}, 1), 'ack');
  assert.equal(world.published[0]?.metadata.deadletterreason, 'no such key');
  assert.equal(world.delivered.length, 0);
});

test('a policy sees the status of a refusal and repeats the delivery; what is dropped is no failure', async () => {
  const statuses: unknown[] = [];
  const thrice: Policy = async (call, _name, operation) => {
    const notes = { failed: (status?: unknown) => void statuses.push(status), last() {} };
    await operation(call, 1, notes);
    await operation(call, 2, notes);
    return operation(call, 3, notes);
  };
  const world = await started([orders], { policyFor: (name) => (name === 'pubsub' ? thrice : undefined) });
  const answers: EventAnswer[] = [
    { verdict: 'retry', reason: 'busy', status: { http: 503 } },
    { verdict: 'drop', reason: 'no' },
    success,
  ];
  world.app.answer = () => Promise.resolve(answers.shift() ?? success);
  assert.equal(await world.receive(event), 'ack');
  assert.deepEqual(statuses, [{ http: 503 }]);
  assert.equal(world.delivered.length, 3);
});

test('a raw subscription wraps what comes', async () => {
  const world = await started([{ ...orders, metadata: { rawPayload: 'true' } }]);
  await world.receive('anything');
  assert.equal(world.delivered[0]?.event.attributes.data_base64, 'YW55dGhpbmc=');
});

test('what the app says about a topic counts more than a file, and scopes keep topics out', async () => {
  const own = bench({ subscriptionscopes: 'shop=orders,stock' });
  const app = yes;
  const declared = [
    { ...orders, defaultRoute: '/declared' },
    { ...orders, topic: 'stock', defaultRoute: '/declared' },
  ];
  const all = topicSubscriptions({ ...own.options, declared, app });
  // those of files are known before the app is there
  assert.deepEqual(
    all.wanted().map(({ topic }) => topic),
    ['orders', 'stock'],
  );
  await all.start([orders, { ...orders, topic: 'money' }, { ...orders, pubsubname: 'nope' }]);
  assert.deepEqual(
    all.wanted().map(({ pubsubname, topic, defaultRoute, source }) => [pubsubname, topic, defaultRoute, source]),
    [
      ['pubsub', 'orders', '/in', 'programmatic'],
      ['pubsub', 'stock', '/declared', 'declarative'],
      ['pubsub', 'money', '/in', 'programmatic'],
      ['nope', 'orders', '/in', 'programmatic'],
    ],
  );
  assert.deepEqual(
    own.subscribed.map(({ request }) => request.topic),
    ['orders', 'stock'],
  );
  await all.stop(0);
});

test('of two that an app named for one topic the last counts, of two declared ones the first', async () => {
  const second = { ...orders, defaultRoute: '/second' };
  const named = await started([orders, second]);
  assert.deepEqual(
    named.all.wanted().map(({ defaultRoute }) => defaultRoute),
    ['/second'],
  );
  const declared = await started([], { declared: [orders, second] });
  assert.deepEqual(
    declared.all.wanted().map(({ defaultRoute }) => defaultRoute),
    ['/in'],
  );
});

test('a subscription that fails at first is tried again, later each time, until it stands', async () => {
  const world = bench();
  world.faults.subscribe.push(new Error('no server'), new Error('no server'));
  const all = topicSubscriptions({
    ...world.options,
    declared: [orders],
    app: yes,
  });
  await all.start([]);
  assert.equal(world.subscribed.length, 0);
  await world.clock.tick(500);
  assert.equal(world.subscribed.length, 0);
  await world.clock.tick(1000);
  assert.equal(world.subscribed.length, 1);
});

test('stopping closes all, ends waiting for another try, and starting again begins anew', async () => {
  const world = bench();
  const two = { ...orders, topic: 'stock' };
  const all = topicSubscriptions({
    ...world.options,
    declared: [orders, two],
    app: yes,
  });
  await all.start([]);
  await all.stop(1000);
  assert.deepEqual(
    world.subscribed.map(({ isClosed }) => isClosed),
    [true, true],
  );
  assert.equal(all.wanted().length, 2);
  world.faults.subscribe.push(new Error('no server'));
  await all.start([]);
  assert.equal(world.subscribed.filter(({ isClosed }) => !isClosed).length, 1);
  await all.stop(0);
  assert.equal(world.clock.pending, 0);
  await all.start([]);
  await all.start([]);
  await settle();
  assert.equal(world.subscribed.filter(({ isClosed }) => !isClosed).length, 2);
});

test('changed files open what is new, drain what is gone and leave the rest alone', async () => {
  const stock = { ...orders, topic: 'stock' };
  const world = await started([{ ...orders, topic: 'own' }], { declared: [orders, stock] });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<EventAnswer>();
  world.app.answer = () => mayEnd;
  const verdict = world.receive(event);
  const redeclared = world.all.redeclare([{ ...stock }, { ...orders, topic: 'new' }], 1_000);
  await settle();
  const topics = () => world.all.wanted().map(({ topic }) => topic);
  assert.deepEqual(topics(), ['stock', 'own', 'new']);
  assert.deepEqual(
    world.subscribed.map(({ request, isClosed }) => [request.topic, isClosed]),
    [
      ['orders', true],
      ['stock', false],
      ['own', false],
      ['new', false],
    ],
  );
  end(success);
  assert.equal(await verdict, 'ack');
  await redeclared;
  await world.all.stop(0);
  assert.deepEqual(topics(), ['stock', 'own', 'new']);
  await world.all.redeclare([], 0);
  assert.deepEqual(topics(), []);
});

test('a delivery that outlasts the drain is told to end and is not dead-lettered', async () => {
  const world = await started([{ ...orders, deadLetterTopic: 'dead' }]);
  world.app.answer = () =>
    new Promise((_, reject) => {
      const signal = world.delivered[0]?.call.signal;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const verdict = world.receive(event);
  await settle();
  await world.all.stop(0);
  assert.equal(await verdict, 'retry');
  assert.deepEqual(world.published, []);
});

test('when a component is exchanged, its subscriptions leave the old one and take up the new one', async () => {
  const world = await started([orders]);
  const [[name, old] = []] = world.brokers;
  assert.ok(name && old);
  await world.all.followBrokers(0);
  assert.deepEqual(
    world.subscribed.map(({ isClosed }) => isClosed),
    [false],
  );
  world.brokers.set(name, { ...old, port: { ...old.port } });
  await world.all.followBrokers(0);
  assert.deepEqual(
    world.subscribed.map(({ isClosed }) => isClosed),
    [true, false],
  );
  world.brokers.delete(name);
  await world.all.followBrokers(0);
  assert.deepEqual(
    world.subscribed.map(({ isClosed }) => isClosed),
    [true, true],
  );
});

test('an app is asked for its subscriptions only once there is a broker', async () => {
  const world = bench();
  const [[name, broker] = assert.fail()] = world.options.brokers;
  const brokers = new Map<string, typeof broker>();
  const all = topicSubscriptions({ ...world.options, brokers, declared: [], app: yes });
  let asked = 0;
  const ask = (): Promise<readonly TopicSubscription[]> => {
    asked += 1;
    return Promise.resolve([orders]);
  };
  await all.start(ask);
  assert.equal(asked, 0);
  brokers.set(name, broker);
  await all.followBrokers(0);
  await all.followBrokers(0);
  assert.deepEqual([asked, all.wanted().length], [1, 1]);
  await all.start(ask);
  assert.equal(asked, 2);
  await all.stop(0);
});
