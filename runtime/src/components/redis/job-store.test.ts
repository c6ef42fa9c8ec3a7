import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJobCapable } from '#blocks/jobs/job-capable.ts';
import { jobStoreConformance, plainJob } from '#blocks/jobs/job-store.conformance.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { redisStateStore } from './state-store.ts';
import { plainRedis, redisContext, skipWithoutRedis as skip, uniqueName } from './testing.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

/** Three sidecars with separate connections. */
async function open() {
  const client = plainRedis();
  const owners = [uniqueName(), uniqueName()] as const;
  const stores = await Promise.all(
    [1, 2, 3].map((seed) => redisStateStore({ ...redisContext(), random: seededRandom(seed) })),
  );
  const jobs = [owners[0], owners[0], owners[1]].map((owner, at) => stores[at]?.jobStore(owner));
  const [store, second, stranger] = jobs;
  assert.ok(store && second && stranger);
  const keyOf = (owner: string, part: string): string => `outrigger||{${owner}}||${part}`;
  return {
    store,
    second,
    stranger,
    owners,
    async pass(ms: number) {
      // the server's clock cannot be moved, so what is stored moves instead
      for (const owner of owners) {
        const leases = await client.hgetall(keyOf(owner, 'leases'));
        for (const [name, lease] of Object.entries(leases)) {
          const [until, holder] = lease.split(' ');
          await client.hset(keyOf(owner, 'leases'), name, `${Number(until) - ms} ${holder}`);
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((one) => one.close()));
      for (const owner of owners)
        await client.del(...['jobs', 'due', 'versions', 'leases'].map((part) => keyOf(owner, part)));
      client.disconnect();
    },
  };
}

jobStoreConformance('redis', open, { skip });

test(
  'redis jobs: a leased job does not prevent others from claiming later jobs',
  { skip, timeout: 20_000 },
  async () => {
    await using bench = await open();
    const names = Array.from({ length: 300 }, (_, at) => `job-${String(at).padStart(3, '0')}`);
    for (const [at, name] of names.entries()) await bench.store.put(call, plainJob(name, { dueAt: at }), false);
    assert.equal((await bench.store.claim(1000, 200, 60_000)).length, 200);
    assert.deepEqual(
      (await bench.second.claim(1000, 200, 60_000)).map(({ name }) => name),
      names.slice(200),
    );
  },
);

test('redis jobs: a Redis state store stores jobs', { skip }, async () => {
  const store = await redisStateStore(redisContext());
  assert.ok(isJobCapable(store));
  await store.close();
});
