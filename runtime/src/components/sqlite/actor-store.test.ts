import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { actorStoreConformance } from '#blocks/actors/actor-store.conformance.ts';
import { call, changes, claimPartition, rejectsWith, set, textOf } from '#blocks/actors/actor-samples.conformance.ts';
import { actorOwnershipLost } from '#blocks/actors/errors.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { sqliteStateStore } from './state-store.ts';

/** Each store has its own connection to the file, as each sidecar would. */
async function openDatabase() {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-'));
  const clock = fakeClock();
  const closers: (() => Promise<void>)[] = [];
  let serial = 1;
  return {
    open: async (appId: string) => {
      const store = await sqliteStateStore({
        name: 'statestore',
        type: 'state.sqlite',
        version: 'v1',
        metadata: { connectionstring: join(folder, 'state.db'), actorstatestore: 'true' },
        appId,
        namespace: '',
        log: silentLog,
        clock,
        random: seededRandom(serial++),
      });
      closers.push(() => store.close());
      return store.actorStore(appId);
    },
    passTime: (ms: number) => clock.tick(ms),
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

actorStoreConformance('sqlite', openDatabase, {
  skipCases: { 'claim: a takeover waits for a running write and then sees it': 'only one process can write at a time' },
});

test('sqlite actors: a rejected turn writes nothing, other turns of its batch commit', async () => {
  const database = await openDatabase();
  const { store, fence, actor } = await claimPartition(await database.open('orders'));
  const stale = { ...fence, epoch: fence.epoch - 1 };
  const results = await Promise.allSettled([
    store.commit(call, actor, fence, changes({ operations: [set('a', '1')] })),
    store.commit(call, actor, stale, changes({ operations: [set('a', 'stale'), set('b', 'stale')] })),
    store.commit(call, actor, fence, changes({ operations: [set('c', '1')] })),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  await rejectsWith(actorOwnershipLost('', ''), store.commit(call, actor, stale, changes({})));
  assert.deepEqual(
    [await textOf(store, actor, 'a'), await textOf(store, actor, 'b'), await textOf(store, actor, 'c')],
    ['1', undefined, '1'],
  );
  await database.close();
});
