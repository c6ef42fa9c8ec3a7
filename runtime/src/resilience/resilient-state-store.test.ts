import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { etagMismatch } from '#blocks/state/errors.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { StateStore } from '#blocks/state/state-store.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { policyOf } from './policy.ts';
import { resilientStateStore } from './resilient-state-store.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };
const clock = fakeClock();
const random = seededRandom();
const memory = (): Promise<StateStore> =>
  memoryStateStore({
    name: 's',
    type: 'state.in-memory',
    version: 'v1',
    metadata: {},
    appId: 'a',
    namespace: '',
    log: silentLog,
    clock,
    random,
  });
const retry = { backoff: { kind: 'constant', delayMs: 0 }, maxRetries: 2 } as const;
const policy = policyOf({ retry, timeoutMs: 1_000 }, { clock, random, recorder: silentRecorder });

stateStoreConformance('in-memory under a policy', async () => {
  const store = resilientStateStore(await memory(), policy, 's');
  return { store, passTime: (ms) => clock.tick(ms), close: () => store.close() };
});

test('resilient state store: failures are retried, except an etag mismatch', async () => {
  const inner = await memory();
  let count = 0;
  const failing = (cause: Error): StateStore => ({ ...inner, set: () => (count++, Promise.reject(cause)) });
  const trying = async (cause: Error): Promise<number> => {
    count = 0;
    const store = resilientStateStore(failing(cause), policy, 's');
    const outcome = assert.rejects(store.set(call, { kind: 'set', key: 'k', value: Buffer.from('v') }), cause);
    await clock.tick(10);
    await outcome;
    return count;
  };
  assert.equal(await trying(new Error('no server')), 3);
  assert.equal(await trying(etagMismatch()), 1);
});

test('resilient state store: other capabilities of the store stay available', async () => {
  assert.ok(isActorCapable(resilientStateStore(await memory(), policy, 's')));
});
