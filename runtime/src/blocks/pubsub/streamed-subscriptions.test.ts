import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#core/fake-clock.ts';
import type { EventAnswer } from './event-sink.ts';
import { streamedSubscriptions } from './streamed-subscriptions.ts';
import { bench } from './test-bench.ts';

test('a drain takes no new events, and waits for the answers to those that are with the app', async () => {
  const world = bench();
  const streams = streamedSubscriptions(world.options);
  const answer = Promise.withResolvers<EventAnswer>();
  const app = { deliver: () => answer.promise, deliverBulk: () => Promise.resolve([]) };
  await streams.open({ pubsubname: 'pubsub', topic: 'orders', metadata: {}, rules: [], defaultRoute: '/' }, app);
  const verdict = world.receive('{"specversion":"1.0","id":"1","source":"s","type":"t"}');
  let isDrained = false;
  const drained = streams.drain(1000).then(() => (isDrained = true));
  await settle();
  assert.equal(world.subscribed[0]?.isClosed, true);
  answer.resolve({ verdict: 'success' });
  assert.equal(await verdict, 'ack');
  await drained;
  assert.ok(isDrained);
});
