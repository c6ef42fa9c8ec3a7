import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockStoreConformance } from '#blocks/lock/lock-store.conformance.ts';
import type { LockClaim, LockStore } from '#blocks/lock/lock-store.ts';
import type { Call } from '#core/call.ts';
import { redisLockStore } from './lock-store.ts';
import { plainRedis, redisContext, skipWithoutRedis as skip, uniqueName } from './testing.ts';

const context = () => redisContext({ type: 'lock.redis' });
const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

lockStoreConformance(
  'redis',
  async () => {
    const client = plainRedis();
    const names = new Set<string>();
    const noted = (store: LockStore): LockStore => ({
      ...store,
      tryLock(inner, claim: LockClaim & { readonly expirySeconds: number }) {
        names.add(claim.resourceId);
        return store.tryLock(inner, claim);
      },
    });
    const [store, second] = [noted(await redisLockStore(context())), noted(await redisLockStore(context()))];
    return {
      store,
      second,
      async passTime(ms) {
        // the server's clock cannot be moved, so what is stored moves instead
        for (const name of names) {
          const left = await client.pttl(name);
          if (left > 0) await client.pexpire(name, left - ms);
        }
      },
      async close() {
        await Promise.all([store.close(), second.close()]);
        if (names.size > 0) await client.del([...names]);
        client.disconnect();
      },
    };
  },
  { skip },
);

test('redis lock: uses upstream’s key', { skip }, async () => {
  const store = await redisLockStore(context());
  const client = plainRedis();
  const resourceId = `lock||shop||${uniqueName()}`;
  await store.tryLock(call, { resourceId, lockOwner: 'ann', expirySeconds: 30 });
  assert.equal(await client.get(resourceId), 'ann');
  assert.ok((await client.ttl(resourceId)) > 25);
  await store.unlock(call, { resourceId, lockOwner: 'ann' });
  assert.equal(await client.exists(resourceId), 0);
  await store.close();
  client.disconnect();
});

test('redis lock: rejects a cluster without connecting', async () => {
  const cluster = redisContext({ type: 'lock.redis', metadata: { redishost: '127.0.0.1:1', redistype: 'cluster' } });
  await assert.rejects(redisLockStore(cluster), /are not safe on a Redis Cluster/);
});
