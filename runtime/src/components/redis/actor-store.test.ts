import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { actorStoreConformance } from '#blocks/actors/actor-store.conformance.ts';
import { redisActorDatabase } from './actor-database.conformance.ts';
import { redisStateStore } from './state-store.ts';
import { redisBinary, testServer } from './test-server.ts';
import { eventually, plainRedis, plainRedisAt, redisContext, skipWithoutRedis as skip } from './testing.ts';

const skipCases = {
  'claim: a takeover waits for a running write and then sees it': 'Redis runs one script at a time',
};

actorStoreConformance('redis', async () => redisActorDatabase(plainRedis()), { skip, skipCases });

actorStoreConformance(
  'redis cluster',
  async () => {
    const server = await testServer(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    const client = plainRedisAt(server.address);
    await client.cluster('ADDSLOTSRANGE', 0, 16_383);
    await eventually(async () => /cluster_state:ok/.test(await client.cluster('INFO')), 'the cluster');
    const database = redisActorDatabase(client, { redishost: server.address, redistype: 'cluster' });
    return {
      ...database,
      async close() {
        await database.close();
        await server[Symbol.asyncDispose]();
      },
    };
  },
  { skip: redisBinary === '' && 'TEST_REDIS_SERVER is not set', skipCases },
);

test('state.redis: stores actors when actorStateStore is true', { skip }, async () => {
  const store = await redisStateStore(redisContext({ metadata: { actorstatestore: 'true' } }));
  assert.ok(isActorCapable(store));
  assert.ok(store.actorStore('shop'));
  await store.close();
  const plain = await redisStateStore(redisContext());
  assert.throws(() => plain.actorStore('shop'), /set actorStateStore to true/);
  await plain.close();
});
