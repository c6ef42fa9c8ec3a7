import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage, OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { Call } from '#core/call.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { writeThroughOutage } from '../outage.testing.ts';
import { redisBroker } from './broker.ts';
import { redisConfigurationStore } from './configuration-store.ts';
import { redisStateStore } from './state-store.ts';
import { redisBinary, testServer } from './test-server.ts';
import { eventually, fastClock, redisContext } from './testing.ts';

const skip = redisBinary === '' ? 'TEST_REDIS_SERVER (path of a redis-server) is not set' : false;
const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};
const at = (redishost: string, more: Readonly<Record<string, string>> = {}) =>
  redisContext({ metadata: { redishost, ...more } });

let serial = 0;
const event = (topic: string): OutgoingMessage => {
  const id = `event-${serial++}`;
  return { id, topic, data: Buffer.from(id), contentType: 'text/plain', metadata: {} };
};

describe('redis recovery', { skip, timeout: 60_000 }, () => {
  test('state: a read waits for a short outage to end, and a write is stored or in doubt', async () => {
    await using server = await testServer();
    const store = await redisStateStore(at(server.address));
    const failures = await writeThroughOutage(store, server, call);
    for (const failure of failures) assert.match(failure, /whether a write was stored is not known/);
    await store.close();
  });

  test('state: an unreachable server is an error with its address', async () => {
    await using server = await testServer();
    const store = await redisStateStore({ ...at(server.address), clock: fastClock });
    await server.kill();
    await assert.rejects(
      store.get(call, 'a'),
      new RegExp(`Redis at ${server.address} cannot be reached: .*ECONNREFUSED`),
    );
    await store.close();
    await assert.rejects(store.get(call, 'a'), /the component is closed/);
  });

  test('pub/sub: acknowledged messages arrive after the server was killed', async () => {
    await using server = await testServer();
    const broker = await redisBroker(at(server.address));
    const received = new Set<string>();
    await broker.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, async ({ data }: IncomingMessage) => {
      received.add(Buffer.from(data).toString());
      return 'success';
    });
    const stored = new Set<string>();
    let isPublishing = true;
    const caller = async (): Promise<void> => {
      while (isPublishing) {
        const message = event('orders');
        await broker.publish(call, message).then(
          () => stored.add(message.id),
          () => {},
        );
      }
    };
    const callers = Promise.all([caller(), caller(), caller(), caller()]);
    await wait(200);
    await server.kill();
    await wait(300);
    await server.start();
    await wait(300);
    isPublishing = false;
    await callers;
    assert.ok(stored.size > 100, `${stored.size} were stored`);
    await eventually(() => [...stored].every((id) => received.has(id)), 'all that was stored');
    await broker.close();
  });

  test('pub/sub: subscribes again on a server that has lost its data', async () => {
    await using server = await testServer();
    const broker = await redisBroker(at(server.address));
    const received: string[] = [];
    await broker.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, async ({ data }: IncomingMessage) => {
      received.push(Buffer.from(data).toString());
      return 'success';
    });
    await server.kill();
    await server.wipe();
    await server.start();
    const message = event('orders');
    await broker.publish(call, message);
    await eventually(() => received.includes(message.id), 'the message');
    await broker.close();
  });

  test('configuration: keyspace events are enabled again after a restart', async () => {
    await using server = await testServer();
    const store = await redisConfigurationStore(at(server.address));
    const state = await redisStateStore(at(server.address));
    let isBack = false;
    const received: string[] = [];
    const watch = await store.watch(
      call,
      { keys: ['colour'], metadata: {} },
      { changed: (key) => void received.push(key), resumed: () => (isBack = true) },
    );
    await server.kill();
    await server.start();
    await eventually(() => isBack, 'the connection');
    await state.delete(call, { kind: 'delete', key: 'colour' });
    await state.set(call, { kind: 'set', key: 'colour', value: Buffer.from('x'), ttlSeconds: 100 });
    await eventually(() => received.includes('colour'), 'a change');
    await watch.close();
    await Promise.all([store.close(), state.close()]);
  });

  test('login: a wrong password is rejected at once, a right one is accepted', async () => {
    await using server = await testServer(['--requirepass', 'secret']);
    for (const redispassword of ['', 'wrong']) {
      // without a clock that fires, the wait for a connection has no end
      const context = { ...at(server.address, { redispassword }), clock: fakeClock() };
      await assert.rejects(redisStateStore(context), /check the login in its metadata/);
    }
    await assert.rejects(redisStateStore(at(server.address, { redispassword: 'secret', redisdb: '99' })), /DB index/);
    const store = await redisStateStore(at(server.address, { redispassword: 'secret', redisdb: '3' }));
    await store.close();
  });
});

test('redis: the error of an unreachable server has its address and the reason', async () => {
  const nowhere = { ...at('127.0.0.1:1'), clock: fastClock };
  await assert.rejects(redisStateStore(nowhere), /Redis at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
});
