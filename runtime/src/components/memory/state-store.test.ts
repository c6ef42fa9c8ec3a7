import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import { memoryStateStore } from './state-store.ts';

function context(clock = fakeClock()): ComponentContext {
  return {
    name: 'statestore',
    type: 'state.in-memory',
    version: 'v1',
    metadata: {},
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock,
    random: seededRandom(),
  };
}

stateStoreConformance('memory', async () => {
  const clock = fakeClock();
  const store = await memoryStateStore(context(clock));
  return { store, passTime: (ms) => clock.tick(ms), close: () => store.close() };
});

test('state.in-memory: stores actors in the same rows as state', async () => {
  const store = await memoryStateStore(context());
  assert.ok(isActorCapable(store));
});

test('state.in-memory: logs that no other sidecar can share its actors', async () => {
  const lines: string[] = [];
  const log = { ...silentLog, info: (_fields: unknown, message: string) => void lines.push(message) };
  const store = await memoryStateStore({ ...context(), log });
  assert.deepEqual(lines, []);
  assert.ok(isActorCapable(store));
  store.actorStore('orders');
  assert.match(lines.join(), /no other sidecar can share them/);
});
