import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActorWorld, testCall } from './testing.ts';

const actor = { type: 'counter', id: '1' };

test('a timer fires in time, in the trace it was set in, with what it was given', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '2s', data: '{"n":1}', callback: 'onTick' });
  await world.clock.tick(1999);
  assert.deepEqual(world.story(), []);
  await world.clock.tick(1);
  assert.deepEqual(world.story(), ['a timer tick counter/1']);
  const { traceId, body } = world.heard[0] ?? assert.fail();
  assert.equal(traceId, testCall().trace.traceId);
  assert.deepEqual(
    { ...(body as object), turn: '' },
    { callback: 'onTick', data: '{"n":1}', dueTime: '2s', period: '', turn: '' },
  );
  await world.clock.tick(60_000);
  assert.equal(world.heard.length, 1, 'without a period it fires once');
  await world.close();
});

test('a timer keeps its beat, and a tick that became late comes at once', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  const firedAt: number[] = [];
  const begin = world.clock.monotonic();
  let end = (): void => {};
  world.script = {
    timer: () => {
      firedAt.push(world.clock.monotonic() - begin);
      return new Promise((resolve) => (end = () => resolve({ cancel: false })));
    },
  };
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await world.clock.tick(1500);
  end();
  await world.clock.tick(2000);
  end();
  await world.clock.tick(1000);
  assert.deepEqual(firedAt, [1000, 2000, 3500]);
  end();
  await world.close();
});

test('late ticks of a short period are not lost: ten of a millisecond in ten, however slow the app', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  const slowly = (): Promise<{ cancel: boolean }> =>
    new Promise((resolve) => world.clock.after(5, () => resolve({ cancel: false })));
  world.script = { timer: slowly, reminder: slowly };
  await host.actors.setTimer(testCall(), actor, 'tick', { period: '1ms', ttl: '10ms' });
  await host.actors.setReminder(testCall(), { type: 'counter', id: '2' }, 'tick', { period: '1ms', ttl: '10ms' });
  await world.clock.tick(500);
  const count = (what: string): number => world.heard.filter((heard) => heard.what === what).length;
  assert.deepEqual([count('timer tick'), count('remind tick')], [10, 10]);
  await world.close();
});

test('a timer ends by repetitions, by the app’s word, by deletion and by replacement', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = { timer: async ({ what }) => ({ cancel: what === 'timer cancelled' }) };
  await host.actors.setTimer(testCall(), actor, 'twice', { period: 'R2/PT1S' });
  await host.actors.setTimer(testCall(), actor, 'cancelled', { period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'deleted', { dueTime: '1500ms', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'replaced', { dueTime: '1s', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'replaced', { dueTime: '5s' });
  await world.clock.tick(1000);
  await host.actors.deleteTimer(testCall(), actor, 'deleted');
  await world.clock.tick(10_000);
  const fired = world.heard.map(({ what }) => what).toSorted();
  assert.deepEqual(fired, ['timer cancelled', 'timer replaced', 'timer twice', 'timer twice']);
  await world.close();
});

test('timer: a time to live that ends with its first tick lets it never fire', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s', ttl: '0s' });
  await world.clock.tick(5000);
  assert.deepEqual(world.story(), []);
  await world.close();
});

test('a failing callback is not retried, and its timer goes on', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = { timer: () => Promise.reject(new Error('the app is in a bad mood')) };
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await world.clock.tick(3500);
  assert.equal(world.heard.length, 3);
  await world.close();
});

test('a timer waits for the turn of its own actor only', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  let end = (): void => {};
  world.script = { method: () => new Promise((resolve) => (end = () => resolve('done'))) };
  const call = world.call(host, '1', 'long');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s' });
  await host.actors.setTimer(testCall(), { type: 'counter', id: '2' }, 'tick', { dueTime: '1s' });
  await world.clock.tick(3000);
  assert.deepEqual(world.story(), ['a long counter/1', 'a timer tick counter/2']);
  end();
  await call;
  await world.clock.tick(0);
  assert.equal(world.story().at(-1), 'a timer tick counter/1');
  await world.close();
});

test('timers die with their activation', async () => {
  const world = new ActorWorld();
  const host = await world.host('a', { entities: ['counter'], actorIdleTimeout: '5s' });
  await host.actors.setTimer(testCall(), actor, 'late', { dueTime: '60s' });
  await world.clock.tick(120_000);
  assert.deepEqual(world.story(), ['a deactivate counter/1']);
  await world.close();
});

test('a timer set through another host lives where its actor lives', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  const b = await world.host('b');
  await world.clock.tick(5000);
  const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];
  for (const id of ids) await a.actors.setTimer(testCall(), { type: 'counter', id }, 'tick', { dueTime: '1s' });
  await world.clock.tick(1500);
  assert.equal(world.heard.length, ids.length);
  const hosts = new Set(world.heard.map(({ host }) => host));
  assert.deepEqual([...hosts].toSorted(), ['a', b.name]);
  await world.close();
});

test('an app that does not host the type is refused', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await assert.rejects(host.actors.setTimer(testCall(), { type: 'ghost', id: '1' }, 't', {}), /does not host/);
  await world.close();
});
