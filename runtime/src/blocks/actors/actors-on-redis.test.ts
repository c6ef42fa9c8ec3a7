import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sleep } from '#core/clock.ts';
import { silentLog } from '#core/log.ts';
import { redisStateStore } from '#components/redis/state-store.ts';
import { redisBinary, testServer } from '#components/redis/test-server.ts';
import {
  plainRedis,
  plainRedisAt,
  redisContext,
  removeKeys,
  skipWithoutRedis,
  uniqueName,
} from '#components/redis/testing.ts';
import { systemClock } from '#host/process/clock.ts';
import {
  type HostsDatabase,
  actorHostsConformance,
  add,
  expectNoIncrementIsLost,
  countingApp,
  openHosts,
  until,
} from './actor-hosts.conformance.ts';
import { testCall } from './actor-test-cluster.testing.ts';

const clock = systemClock();

/** Actors of a namespace, on the server of `TEST_REDIS_URL` unless another address is given. */
function redisHosts(address?: string): HostsDatabase {
  const namespace = uniqueName();
  const app = `shop-${namespace}`;
  const metadata = { ...(address === undefined ? undefined : { redishost: address }), actorstatestore: 'true' };
  return {
    async open({ random }) {
      const context = { ...redisContext({ metadata }), appId: app, namespace, log: silentLog, clock, random };
      const state = await redisStateStore(context);
      return { store: state.actorStore(app), close: () => state.close() };
    },
    async close() {
      const client = address === undefined ? plainRedis() : plainRedisAt(address);
      for (const prefix of [`{outrigger-actors||${namespace}}`, `${app}||`]) await removeKeys(client, prefix);
      client.disconnect();
    },
  };
}

actorHostsConformance('actors on Redis', async () => redisHosts(), skipWithoutRedis);

describe('actors on a Redis that restarts', { skip: redisBinary === '' && 'TEST_REDIS_SERVER is not set' }, () => {
  test('with --appendfsync always: acknowledged turns are applied', async () => {
    await using server = await testServer(['--appendfsync', 'always']);
    await expectNoIncrementIsLost(redisHosts(server.address), server, { restarts: 3, runMs: 400, leaseMs: 1000 });
  });

  test('with an append-only file: a reminder that fell due meanwhile fires', async () => {
    await using server = await testServer(['--appendfsync', 'always']);
    await using cluster = await openHosts(redisHosts(server.address));
    const fired: string[] = [];
    const a = await cluster.host(
      'a',
      () => ({
        reminder: async (_call, _actor, name) => {
          fired.push(name);
          return { cancel: false };
        },
      }),
      1000,
    );
    const actor = { type: 'counter', id: '1' };
    await a.actors.setReminder(testCall(), actor, 'wake', { dueTime: '500ms' });
    await server.kill();
    await sleep(clock, 800);
    await server.start();
    await until('the reminder', () => fired.length > 0);
    await sleep(clock, 300);
    assert.deepEqual(fired, ['wake']);
  });

  test('without persistence: actors start empty, and a turn from before the restart writes nothing', async () => {
    await using server = await testServer(['--appendonly', 'no']);
    await using cluster = await openHosts(redisHosts(server.address));
    const a = await cluster.host('a', countingApp, 1000);
    for (let n = 1; n <= 3; n++) assert.equal(await add(a), String(n));
    const [fence] = (await a.store.ownership.read()).owned.map((row) => ({ ...row }));
    assert.ok(fence);
    a.freeze();
    await server.kill();
    await server.start();
    const operations = [{ kind: 'set', key: 'n', value: Buffer.from('stale') }] as const;
    const stale = { operations, reminders: [], events: [] };
    await assert.rejects(a.store.commit(testCall(), { type: 'counter', id: '1' }, fence, stale), /taken over/);
    const b = await cluster.host('b', countingApp, 1000);
    assert.equal(await add(b), '1');
    await assert.rejects(a.store.commit(testCall(), { type: 'counter', id: '1' }, fence, stale), /taken over/);
    assert.equal(await add(b), '2');
  });
});
