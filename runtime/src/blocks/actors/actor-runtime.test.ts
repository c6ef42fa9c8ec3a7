import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { seededChance } from '#core/chance.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import { noBody } from '#core/message.ts';
import { noActors } from './actor-config.ts';
import { actorsBlock } from './actor-runtime.ts';
import type { ActorsBlock } from './actors.ts';
import { hasCode } from './errors.ts';
import { nullPlacement } from './placement.ts';
import { ActorWorld, testCall } from './testing.ts';

const actor = { type: 'counter', id: '1' };
const unused = (): Promise<never> => Promise.reject(new Error('not to be asked'));
const noApp = { method: unused, reminder: unused, timer: unused, deactivate: unused };
const off = { runtimeStatus: 'DISABLED', activeActors: [], hostReady: false, placement: 'placement: disconnected' };

function withoutStore(isAskedFor: boolean): ActorsBlock {
  return actorsBlock({
    appId: 'shop',
    store: undefined,
    placement: nullPlacement(),
    peer: { request: unused, abandon() {}, close: async () => {} },
    publisher: { prepare: assert.fail, relay: unused },
    recorder: silentRecorder,
    newCall: newCalls(seededChance(1), 1),
    clock: fakeClock(),
    chance: seededChance(1),
    log: silentLog,
    isAskedFor,
  });
}

test('actors that nobody asked for are off until the app hosts some', async () => {
  const world = new ActorWorld();
  world.isAskedFor = false;
  const host = world.sidecar('a');
  assert.deepEqual(host.actors.metadata(), off);
  await world.join(host, { entities: [] });
  assert.deepEqual(host.actors.metadata(), off);
  await world.join(host);
  assert.deepEqual(host.actors.metadata(), {
    runtimeStatus: 'RUNNING',
    activeActors: [{ type: 'counter', count: 0 }],
    hostReady: true,
    placement: 'placement: connected',
  });
  await world.close();
});

test('actors that were asked for initialize until the app has said what it hosts, and then run', async () => {
  const world = new ActorWorld();
  const host = world.sidecar('a');
  const { runtimeStatus, placement } = host.actors.metadata();
  assert.deepEqual({ runtimeStatus, placement }, { runtimeStatus: 'INITIALIZING', placement: '' });
  await world.join(host, { entities: [] });
  assert.equal(host.actors.metadata().runtimeStatus, 'RUNNING');
  await world.close();
});

test('without a store everything is refused with what is missing', async () => {
  const actors = withoutStore(false);
  await actors.host(noApp, noActors);
  assert.deepEqual(actors.metadata(), off);
  const asked = [
    actors.invoke(testCall(), actor, 'add', { headers: [], body: noBody }),
    actors.getState(testCall(), actor, 'key'),
    actors.setReminder(testCall(), actor, 'wake', {}),
    actors.setTimer(testCall(), actor, 'tick', {}),
  ];
  for (const refused of asked) await assert.rejects(refused, (error) => hasCode(error, 'ERR_ACTOR_NO_PLACEMENT'));
  await actors.close();
});

test('without a store the runtime runs when it was asked for, and nobody is found', async () => {
  const actors = withoutStore(true);
  await actors.host(noApp, noActors);
  const { runtimeStatus, hostReady, placement } = actors.metadata();
  assert.deepEqual([runtimeStatus, hostReady, placement], ['RUNNING', false, 'placement: disconnected']);
  await assert.rejects(actors.getState(testCall(), actor, 'key'), (error) =>
    hasCode(error, 'ERR_ACTOR_RUNTIME_NOT_FOUND'),
  );
  await actors.close();
});

test('a call that comes before the app has said what it hosts waits for that, and not for ever', async () => {
  const world = new ActorWorld();
  const host = world.sidecar('a');
  const early = world.call(host, '1');
  const left = new AbortController();
  const request = { headers: [], body: noBody };
  const abandoned = assert.rejects(host.actors.invoke(testCall(left.signal), actor, 'gone', request), /left/);
  await world.clock.tick(10_000);
  left.abort(new Error('left'));
  await world.join(host);
  assert.equal(await early, 'ok');
  await abandoned;
  assert.deepEqual(world.story(), ['a add counter/1']);
  const other = world.sidecar('b');
  const lost = assert.rejects(other.actors.invoke(testCall(), { type: 'ghost', id: '1' }, 'm', request), (error) =>
    hasCode(error, 'ERR_ACTOR_NO_ADDRESS'),
  );
  await world.clock.tick(60_000);
  await lost;
  await world.close();
});
