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
const unused = (): Promise<never> => Promise.reject(new Error('not to be asked'));
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

test('actors that nobody asked for are off until the app hosts some', async () => {
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

test('actors that were asked for initialize until the app has said what it hosts, and then run', async () => {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  const { runtimeStatus, placement } = host.actors.metadata();
  assert.deepEqual({ runtimeStatus, placement }, { runtimeStatus: 'INITIALIZING', placement: '' });
  await cluster.join(host, { entities: [] });
  assert.equal(host.actors.metadata().runtimeStatus, 'RUNNING');
  await cluster.close();
});

test('without a store everything is refused with what is missing', async () => {
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

test('without a store the runtime runs when it was asked for, and nobody is found', async () => {
  const actors = withoutStore(true);
  await actors.registerHost(noApp, noActors);
  const { runtimeStatus, hostReady, placement } = actors.metadata();
  assert.deepEqual([runtimeStatus, hostReady, placement], ['RUNNING', false, 'placement: disconnected']);
  await assert.rejects(actors.getState(testCall(), actor, 'key'), (error) =>
    hasCode(error, 'ERR_ACTOR_RUNTIME_NOT_FOUND'),
  );
  await actors.close();
});

test('a call that comes before the app has said what it hosts waits for that, and not for ever', async () => {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  const early = cluster.call(host, '1');
  const stopped = new AbortController();
  const request = { headers: [], body: noBody };
  const abandoned = assert.rejects(host.actors.invoke(testCall(stopped.signal), actor, 'gone', request), /left/);
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
