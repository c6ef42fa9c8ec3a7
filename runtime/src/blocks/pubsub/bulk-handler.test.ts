import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import { settle } from '#core/fake-clock.ts';
import { noNotes } from '#core/policy.ts';
import type { Policy } from '#core/policy.ts';
import type { BrokerFeature } from './broker.ts';
import type { BulkDelivery, DeliveryResult } from './event-sink.ts';
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

/** The app's answers by the id of the event; everything else succeeds. */
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
      deliver: () => assert.fail('the subscription asked for the bulk form'),
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

test('on a broker that has no message wait for others each one goes out at once', async () => {
  const { receive, ids } = await started({}, { features: ['BULK_SUBSCRIBE_IMMEDIATE'] });
  assert.deepEqual(await Promise.all([receive('1'), receive('2')]), ['ack', 'ack']);
  assert.deepEqual(ids(), [['1'], ['2']]);
});

test('a batch goes out when it is full, or when its first message has waited long enough', async () => {
  const { receive, clock, ids } = await started();
  const outcomes = ['1', '2', '3', '4'].map((id) => receive(id));
  await settle();
  assert.deepEqual(ids(), [['1', '2', '3']]);
  await clock.tick(199);
  assert.equal(ids().length, 1);
  await clock.tick(1);
  assert.deepEqual(ids(), [['1', '2', '3'], ['4']]);
  assert.deepEqual(await Promise.all(outcomes), ['ack', 'ack', 'ack', 'ack']);
  assert.equal(clock.pending, 0);
});

test('a batch may be as large as an int32 can be: nothing is allocated for it in advance', async () => {
  const bulkSubscribe = { enabled: true, maxMessagesCount: 2 ** 31 - 1, maxAwaitDurationMs: 200 };
  const { receive, clock, ids } = await started({ bulkSubscribe });
  const outcomes = ['1', '2'].map((id) => receive(id));
  await clock.tick(200);
  assert.deepEqual(ids(), [['1', '2']]);
  assert.deepEqual(await Promise.all(outcomes), ['ack', 'ack']);
});

test('entries carry what the wire wants, under ids of their own', async () => {
  const { receive, bulks } = await started();
  await Promise.all(['1', '2', '3'].map((id) => receive(id)));
  const [bulk] = bulks;
  assert.deepEqual([bulk?.pubsubName, bulk?.topic, bulk?.path], ['pubsub', 'orders', '/in']);
  assert.equal(new Set(bulk?.entries.map(({ entryId }) => entryId)).size, 3);
  const { entryId: _, attributes: __, data, ...rest } = bulk?.entries[0] ?? assert.fail();
  assert.equal(Buffer.from(data).toString(), '{"id":"1","type":"x"}');
  assert.deepEqual(rest, { isRaw: false, contentType: 'application/cloudevents+json', metadata: { id: '1' } });
});

test('each message has the verdict of its own entry', async () => {
  const { receive, app } = await started();
  app.respond = (id) => (id === '2' ? busy : id === '3' ? { outcome: 'drop', reason: 'no' } : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['ack', 'retry', 'ack']);
});

test('with a dead letter topic what is refused or dropped goes there, and the rest is done', async () => {
  const { receive, app, published } = await started({ deadLetterTopic: 'dead' });
  app.respond = (id) => (id === '2' ? busy : id === '3' ? { outcome: 'drop', reason: 'no' } : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['ack', 'ack', 'ack']);
  assert.deepEqual(
    published.map(({ id, metadata }) => [id, metadata.deadletterreason]),
    [
      ['2/dead-letter/shop', 'busy'],
      ['3/dead-letter/shop', 'no'],
    ],
  );
});

test('entries of different routes go out as requests of their own', async () => {
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

test('what cannot be read, has expired or goes nowhere is not sent, and does not hold up the others', async () => {
  const { receive, receiveRaw, ...fixture } = await started({ deadLetterTopic: 'dead' });
  const outcomes = [
    receiveRaw('no event'),
    receiveRaw('{"id":"old","expiration":"2020-01-01T00:00:00Z"}'),
    receive('3'),
  ];
  assert.deepEqual(await Promise.all(outcomes), ['ack', 'ack', 'ack']);
  assert.deepEqual(fixture.ids(), [['3']]);
  assert.deepEqual(
    fixture.published.map(({ metadata }) => metadata.deadletterreason),
    ['the message is not a CloudEvent', 'the event has expired'],
  );
});

test('a policy sends only those again that the app did not take', async () => {
  const twice: Policy = async (call, _name, operation) => {
    await operation(call, 1, noNotes);
    return operation(call, 2, noNotes);
  };
  const { receive, app, ids } = await started({}, { policyFor: () => twice });
  let tries = 0;
  app.respond = (id) => (id === '2' && tries++ === 0 ? busy : success);
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['ack', 'ack', 'ack']);
  assert.deepEqual(ids(), [['1', '2', '3'], ['2']]);
});

test('a batch for an app that is away stays with the broker', async () => {
  const { receive, app, published } = await started({ deadLetterTopic: 'dead' });
  app.respond = () => {
    throw appUnavailable('a:1', 'refused');
  };
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((id) => receive(id))), ['retry', 'retry', 'retry']);
  assert.deepEqual(published, []);
});

test('stopping sends what is gathered at once', async () => {
  const { receive, all, ids, clock } = await started();
  const outcome = receive('1');
  await all.stop(1_000);
  assert.equal(await outcome, 'ack');
  assert.deepEqual(ids(), [['1']]);
  assert.equal(clock.pending, 0);
});
