import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#core/fake-clock.ts';
import type { DeliveryResult } from './delivery-outcome.ts';
import { streamedSubscriptions } from './streamed-subscriptions.ts';
import { pubsubFixture } from './pubsub-fixture.testing.ts';

test('streamed subscription: a drain accepts no new events, and waits for pending acknowledgements', async () => {
  const fixture = pubsubFixture();
  const streams = streamedSubscriptions(fixture.options);
  const result = Promise.withResolvers<DeliveryResult>();
  const app = { deliver: () => result.promise, deliverBulk: () => Promise.resolve([]) };
  await streams.open({ pubsubname: 'pubsub', topic: 'orders', metadata: {}, rules: [], defaultRoute: '/' }, app);
  const outcome = fixture.receive('{"specversion":"1.0","id":"1","source":"s","type":"t"}');
  let isDrained = false;
  const drained = streams.drain(1000).then(() => (isDrained = true));
  await settle();
  assert.equal(fixture.subscribed[0]?.isClosed, true);
  result.resolve({ outcome: 'success' });
  assert.equal(await outcome, 'success');
  await drained;
  assert.ok(isDrained);
});
