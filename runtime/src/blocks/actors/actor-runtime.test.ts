import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import { noBody } from '#core/message.ts';
import { noActors } from './actor-config.ts';
import { actorsBlock } from './actor-runtime.ts';
import type { ActorsBlock } from './actors.ts';
import { hasCode } from './errors.ts';
import { nullPlacement } from './placement.ts';
import { ActorTestCluster, testCall } from './actor-test-cluster.testing.ts';

const actor = { type: 'counter', id: '1' };
const unused = (): Promise<never> => Promise.reject(new Error('must not be called'));
const noApp = { method: unused, reminder: unused, timer: unused, deactivate: unused };
const off = { runtimeStatus: 'DISABLED', activeActors: [], hostReady: false, placement: 'placement: disconnected' };

function withoutStore(isPlacementRequested: boolean): ActorsBlock {
  return actorsBlock({
    appId: 'shop',
    store: undefined,
    placement: nullPlacement(),
    peer: { request: unused, abandon() {}, close: async () => {} },
    publisher: { prepare: assert.fail, relay: unused },
    recorder: silentRecorder,
    newCall: newCalls(seededRandom(1), 1),
    clock: fakeClock(),
    random: seededRandom(1),
    log: silentLog,
    isPlacementRequested,
  });
}

test('actor metadata: DISABLED without placement until the app hosts actors', async () => {
  const cluster = new ActorTestCluster();
  cluster.isPlacementRequested = false;
  const host = cluster.sidecar('a');
  assert.deepEqual(host.actors.metadata(), off);
  await cluster.join(host, { entities: [] });
  assert.deepEqual(host.actors.metadata(), off);
  await cluster.join(host);
  assert.deepEqual(host.actors.metadata(), {
    runtimeStatus: 'RUNNING',
    activeActors: [{ type: 'counter', count: 0 }],
    hostReady: true,
    placement: 'placement: connected',
  });
  await cluster.close();
});

test('actor metadata: INITIALIZING with placement until the app has reported its types, then RUNNING', async () => {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  const { runtimeStatus, placement } = host.actors.metadata();
  assert.deepEqual({ runtimeStatus, placement }, { runtimeStatus: 'INITIALIZING', placement: '' });
  await cluster.join(host, { entities: [] });
  assert.equal(host.actors.metadata().runtimeStatus, 'RUNNING');
  await cluster.close();
});

test('no actor store: every operation is rejected with the missing setting', async () => {
  const actors = withoutStore(false);
  await actors.registerHost(noApp, noActors);
  assert.deepEqual(actors.metadata(), off);
  const calls = [
    actors.invoke(testCall(), actor, 'add', { headers: [], body: noBody }),
    actors.getState(testCall(), actor, 'key'),
    actors.setReminder(testCall(), actor, 'wake', {}),
    actors.setTimer(testCall(), actor, 'tick', {}),
  ];
  for (const call of calls) await assert.rejects(call, (error) => hasCode(error, 'ERR_ACTOR_NO_PLACEMENT'));
  await actors.close();
});

test('no actor store: with placement requested the runtime is RUNNING, and no host is found', async () => {
  const actors = withoutStore(true);
  await actors.registerHost(noApp, noActors);
  const { runtimeStatus, hostReady, placement } = actors.metadata();
  assert.deepEqual([runtimeStatus, hostReady, placement], ['RUNNING', false, 'placement: disconnected']);
  await assert.rejects(actors.getState(testCall(), actor, 'key'), (error) =>
    hasCode(error, 'ERR_ACTOR_RUNTIME_NOT_FOUND'),
  );
  await actors.close();
});

test('actor call: waits, with a limit, for an app that has not reported its types', async () => {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  const early = cluster.call(host, '1');
  const stopped = new AbortController();
  const request = { headers: [], body: noBody };
  const abandoned = assert.rejects(host.actors.invoke(testCall(stopped.signal), actor, 'late', request), /left/);
  await cluster.clock.tick(10_000);
  stopped.abort(new Error('left'));
  await cluster.join(host);
  assert.equal(await early, 'ok');
  await abandoned;
  assert.deepEqual(cluster.summary(), ['a add counter/1']);
  const other = cluster.sidecar('b');
  const lost = assert.rejects(other.actors.invoke(testCall(), { type: 'ghost', id: '1' }, 'm', request), (error) =>
    hasCode(error, 'ERR_ACTOR_NO_ADDRESS'),
  );
  await cluster.clock.tick(60_000);
  await lost;
  await cluster.close();
});
