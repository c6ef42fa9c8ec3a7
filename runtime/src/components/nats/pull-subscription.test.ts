import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Subscription } from '@nats-io/nats-core';
import type { DurableConsumer } from './consumers.ts';
import type { NatsLink } from './connection.ts';
import { pullSubscription } from './pull-subscription.ts';
import { jetStreamSettings } from './settings.ts';
import { contextFor } from './testing.ts';

const metadata = { natsurl: 'nats://localhost:4222' };
const consumer: DurableConsumer = { stream: 's', name: 'c', ackWaitMs: 30_000, maxDeliver: -1 };

/** A link without a server. */
function fakeLink() {
  let reconnected = (): void => {};
  const nats = {
    subscribe: (): Partial<Subscription> => ({ unsubscribe() {}, drain: () => Promise.resolve() }),
  };
  const link = {
    nats: nats as unknown as NatsLink['nats'],
    isUp: () => true,
    send() {},
    onReconnect(listener: () => void) {
      reconnected = listener;
      return () => {};
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  } satisfies NatsLink;
  return { link, reconnect: () => reconnected() };
}

test('pull subscription: one that is closed while it recovers does not create its consumer again', async () => {
  const { link, reconnect } = fakeLink();
  let calls = 0;
  const context = contextFor(metadata);
  const subscription = await pullSubscription({
    context,
    link,
    settings: jetStreamSettings(context),
    apiPrefix: '$JS.API',
    topic: 'orders',
    subject: 'orders',
    handler: () => Promise.resolve('success'),
    ensure: () => {
      calls += 1;
      return calls === 1 ? Promise.resolve(consumer) : Promise.reject(new Error('the stream does not exist'));
    },
    inspect: () => Promise.reject(new Error('no')),
  });
  reconnect();
  await wait(10);
  assert.equal(calls, 2);
  await subscription.close(0);
  await wait(10);
  assert.equal(calls, 2);
});
