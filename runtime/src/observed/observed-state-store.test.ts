import assert from 'node:assert/strict';
import test from 'node:test';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import { isJobCapable } from '#blocks/jobs/job-capable.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { StateStore } from '#blocks/state/state-store.ts';
import { isTransactional } from '#blocks/state/state-store.ts';
import { memoryJobStore } from '#components/memory/job-store.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { observedStateStore } from './observed-state-store.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

interface Noted {
  readonly start: ActivityStart;
  readonly set: Record<string, string | number | boolean>;
  input?: string;
  output?: string;
}

async function observedMemory() {
  const noted: Noted[] = [];
  const recorder: Recorder = {
    record(inside, start, work) {
      const entry: Noted = {
        start,
        set: { ...start.attributes },
        input: start.input && Buffer.from(start.input).toString(),
      };
      noted.push(entry);
      return work(inside, {
        set: (name, value) => void Object.assign(entry.set, { [name]: value }),
        input: (payload) => void (entry.input = Buffer.from(payload).toString()),
        output: (payload) => void (entry.output = Buffer.from(payload).toString()),
        failed() {},
      });
    },
  };
  const clock = fakeClock();
  const inner = await memoryStateStore({
    name: 'statestore',
    type: 'state.in-memory',
    version: 'v1',
    metadata: {},
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock,
    random: seededRandom(),
  });
  return { noted, clock, inner, recorder, store: observedStateStore(inner, recorder, 'statestore') };
}

stateStoreConformance('an observed store', async () => {
  const { clock, store } = await observedMemory();
  return { store, passTime: (ms) => clock.tick(ms), close: () => store.close() };
});

test('observed state store: writes and reads are recorded with key, size and value', async () => {
  const { noted, store } = await observedMemory();
  await store.set(call, { kind: 'set', key: 'k', value: Buffer.from('"v"') });
  await store.get(call, 'k');
  await store.delete(call, { kind: 'delete', key: 'k' });
  await store.get(call, 'k');
  await store.getBulk(call, ['k', 'l']);
  assert.deepEqual(
    noted.map(({ start, set, input, output }) => [start.kind, start.name, set, input, output]),
    [
      ['state.set', 'statestore', { key: 'k', bytes: 3 }, '"v"', undefined],
      ['state.get', 'statestore', { key: 'k', bytes: 3 }, undefined, '"v"'],
      ['state.delete', 'statestore', { key: 'k' }, undefined, undefined],
      ['state.get', 'statestore', { key: 'k' }, undefined, undefined],
      ['state.get', 'statestore', { count: 2, keys: 'k, l', found: 0 }, undefined, undefined],
    ],
  );
});

test('observed state store: a transaction is one activity with its operations, truncated', async () => {
  const { noted, store } = await observedMemory();
  assert.ok(isTransactional(store));
  await store.transact(call, [
    { kind: 'set', key: 'a', value: Buffer.from('1') },
    { kind: 'delete', key: 'b' },
    { kind: 'set', key: 'c', value: Buffer.alloc(10_000, 'x') },
  ]);
  const [only] = noted;
  assert.deepEqual([only?.start.kind, only?.set], ['state.transact', { count: 3, keys: 'a, b, c', bytes: 10_001 }]);
  assert.match(only?.input ?? '', /^set a 1\ndelete b\nset c x+\n$/);
  assert.ok((only?.input?.length ?? 0) < 5000);
  await store.transact({ ...call, isPrivate: true }, [{ kind: 'delete', key: 'secret' }]);
  assert.equal(noted[1]?.input, undefined);
});

test('observed state store: other capabilities of the store stay available', async () => {
  const { store } = await observedMemory();
  assert.ok(isActorCapable(store));
  assert.ok(store.actorStore('orders'));
});

test('observed state store: a store with jobs is detected as one', async () => {
  const { inner, recorder } = await observedMemory();
  const jobs = memoryJobStore(fakeClock());
  const capable: StateStore & JobCapable = { ...inner, jobStore: () => jobs };
  const observed = observedStateStore(capable, recorder, 'jobs');
  assert.ok(isJobCapable(observed));
  assert.equal(observed.jobStore('app'), jobs);
});
