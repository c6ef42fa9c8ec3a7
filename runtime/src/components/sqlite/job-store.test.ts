import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJobCapable } from '#blocks/jobs/job-capable.ts';
import { jobStoreConformance, plainJob } from '#blocks/jobs/job-store.conformance.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { sqliteStateStore } from './state-store.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

function stateStore(file: string, clock: FakeClock, seed: number) {
  const metadata = { connectionstring: file, actorstatestore: 'true' };
  const identity = { name: 'statestore', type: 'state.sqlite', version: 'v1', appId: 'orders', namespace: '' };
  return sqliteStateStore({ ...identity, metadata, log: silentLog, clock, random: seededRandom(seed) });
}

/** Three sidecars, each with its own connection to one file. */
async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  const file = join(folder, 'state.db');
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const stores = [await stateStore(file, clock, 1), await stateStore(file, clock, 2), await stateStore(file, clock, 3)];
  const [store, second, stranger] = ['shop', 'shop', 'other'].map((owner, at) => stores[at]?.jobStore(owner));
  assert.ok(store && second && stranger);
  return {
    store,
    second,
    stranger,
    file,
    clock,
    pass: (ms: number) => clock.tick(ms),
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((one) => one.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

jobStoreConformance('sqlite', open);

test('sqlite jobs: survive reopening the file', async () => {
  await using bench = await open();
  await bench.store.put(call, plainJob('stored'), false);
  const again = await stateStore(bench.file, bench.clock, 4);
  assert.ok(isJobCapable(again));
  assert.equal((await again.jobStore('shop').get(call, 'stored'))?.name, 'stored');
  await again.close();
});
