import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import { settle } from '#core/fake-clock.ts';
import { noNotes } from '#core/policy.ts';
import type { Policy } from '#core/policy.ts';
import type { BrokerFeature } from './broker.ts';
import type { DeliveryResult } from './delivery-outcome.ts';
import type { BulkDelivery } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { pubsubFixture } from './pubsub-fixture.testing.ts';

const orders: TopicSubscription = {
  pubsubname: 'pubsub',
  topic: 'orders',
  metadata: {},
  rules: [],
  defaultRoute: '/in',
  bulkSubscribe: { enabled: true, maxMessagesCount: 3, maxAwaitDurationMs: 200 },
};
const success: DeliveryResult = { outcome: 'success' };
const busy: DeliveryResult = { outcome: 'retry', reason: 'busy' };

/** The app's results by the id of the event; every other event succeeds. */
async function started(
  subscription: Partial<TopicSubscription> = {},
  { features = [], ...more }: Partial<SubscriptionsOptions> & { readonly features?: readonly BrokerFeature[] } = {},
) {
  const fixture = pubsubFixture({}, features);
  const bulks: BulkDelivery[] = [];
  const app = { respond: (_id: unknown): DeliveryResult => success };
  const all = topicSubscriptions({
    ...fixture.options,
    declared: [{ ...orders, ...subscription }],
    app: {
      deliver: () => assert.fail('the subscription uses bulk delivery'),
      deliverBulk(_call, bulk) {
        bulks.push(bulk);
        return new Promise((resolve) => resolve(bulk.entries.map(({ attributes }) => app.respond(attributes.id))));
      },
    },
    ...more,
  });
  await all.start([]);
  const receive = (id: string, type = 'x') => fixture.receive(JSON.stringify({ id, type }), { metadata: { id } });
  return { ...fixture, all, bulks, app, receive, receiveRaw: fixture.receive, ids: () => bulks.map(idsOf) };
}

function idsOf({ entries }: BulkDelivery): unknown[] {
  return entries.map(({ attributes }) => attributes.id);
}

test('bulk delivery: on a broker with immediate delivery each message is sent at once', async () => {
  const { receive, ids } = await started({}, { features: ['BULK_SUBSCRIBE_IMMEDIATE'] });
  assert.deepEqual(await Promise.all([receive('1'), receive('2')]), ['success', 'success']);
  assert.deepEqual(ids(), [['1'], ['2']]);
});

test('bulk delivery: a batch is sent when it is full, or when its first message has waited long enough', async () => {
  const { receive, clock, ids } = await started();
  const outcomes = ['1', '2', '3', '4'].map((id) => receive(id));
  await settle();
  assert.deepEqual(ids(), [['1', '2', '3']]);
  await clock.tick(199);
  assert.equal(ids().length, 1);
  await clock.tick(1);
  assert.deepEqual(ids(), [['1', '2', '3'], ['4']]);
  assert.deepEqual(await Promise.all(outcomes), ['success', 'success', 'success', 'success']);
  assert.equal(clock.pending, 0);
});

test('a batch may be as large as an int32 can be: nothing is allocated for it in advance', async () => {
  const bulkSubscribe = { enabled: true, maxMessagesCount: 2 ** 31 - 1, maxAwaitDurationMs: 200 };
  const { receive, clock, ids } = await started({ bulkSubscribe });
  const outcomes = ['1', '2'].map((id) => receive(id));
  await clock.tick(200);
  assert.deepEqual(ids(), [['1', '2']]);
  assert.deepEqual(await Promise.all(outcomes), ['success', 'success']);
});

test('bulk delivery: entries match the wire format, with their own ids', async () => {
  const { receive, bulks } = await started();
  await Promise.all(['1', '2', '3'].map((id) => receive(id)));
  const [bulk] = bulks;
  assert.deepEqual([bulk?.pubsubName, bulk?.topic, bulk?.path], ['pubsub', 'orders', '/in']);
  assert.equal(new Set(bulk?.entries.map(({ entryId }) => entryId)).size, 3);
  const { entryId: _, attributes: __, data, ...rest } = bulk?.entries[0] ?? assert.fail();
  assert.equal(Buffer.from(data).toString(), '{"id":"1","type":"x"}');
  assert.deepEqual(rest, { isRaw: false, contentType: 'application/cloudevents+json', metadata: { id: '1' } });
});

test('bulk delivery: each message has the outcome of its own entry', async () => {
  const { receive, app } = await started();
  app.respond = (id) => (id === '2' ? busy : id === '3' ? { outcome: 'drop', reason: 'no' } : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['success', 'retry', 'drop']);
});

test('bulk delivery: with a dead letter topic rejected and dropped entries go there, and the rest succeeds', async () => {
  const { receive, app, published } = await started({ deadLetterTopic: 'dead' });
  app.respond = (id) => (id === '2' ? busy : id === '3' ? { outcome: 'drop', reason: 'no' } : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['success', 'drop', 'drop']);
  assert.deepEqual(
    published.map(({ id, metadata }) => [id, metadata.deadletterreason]),
    [
      ['2/dead-letter/shop', 'busy'],
      ['3/dead-letter/shop', 'no'],
    ],
  );
});

test('bulk delivery: entries of different routes are sent in separate requests', async () => {
  const matcher = () =>
    Promise.resolve((type: string) => (event: Readonly<Record<string, unknown>>) => event.type === type);
  const { receive, bulks } = await started({ rules: [{ match: 'a', path: '/a' }] }, { matcher });
  await Promise.all([receive('1', 'a'), receive('2', 'b'), receive('3', 'a')]);
  assert.deepEqual(
    bulks.map((bulk) => [bulk.path, idsOf(bulk)]),
    [
      ['/a', ['1', '3']],
      ['/in', ['2']],
    ],
  );
});

test('bulk delivery: invalid, expired and unrouted messages are not sent, and do not delay the others', async () => {
  const { receive, receiveRaw, ...fixture } = await started({ deadLetterTopic: 'dead' });
  const outcomes = [
    receiveRaw('no event'),
    receiveRaw('{"id":"old","expiration":"2020-01-01T00:00:00Z"}'),
    receive('3'),
  ];
  assert.deepEqual(await Promise.all(outcomes), ['drop', 'drop', 'success']);
  assert.deepEqual(fixture.ids(), [['3']]);
  assert.deepEqual(
    fixture.published.map(({ metadata }) => metadata.deadletterreason),
    ['the message is not a CloudEvent', 'the event has expired'],
  );
});

test('bulk delivery: a policy retries only rejected entries', async () => {
  const twice: Policy = async (call, _name, operation) => {
    await operation(call, 1, noNotes);
    return operation(call, 2, noNotes);
  };
  const { receive, app, ids } = await started({}, { policyFor: () => twice });
  let tries = 0;
  app.respond = (id) => (id === '2' && tries++ === 0 ? busy : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['success', 'success', 'success']);
  assert.deepEqual(ids(), [['1', '2', '3'], ['2']]);
});

test('bulk delivery: a batch for an unavailable app stays with the broker', async () => {
  const { receive, app, published } = await started({ deadLetterTopic: 'dead' });
  app.respond = () => {
    throw appUnavailable('a:1', 'connection refused');
  };
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['retry', 'retry', 'retry']);
  assert.deepEqual(published, []);
});

test('bulk delivery: stopping sends pending messages at once', async () => {
  const { receive, all, ids, clock } = await started();
  const outcome = receive('1');
  await all.stop(1_000);
  assert.equal(await outcome, 'success');
  assert.deepEqual(ids(), [['1']]);
  assert.equal(clock.pending, 0);
});
