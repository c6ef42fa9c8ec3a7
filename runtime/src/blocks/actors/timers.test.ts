import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActorTestCluster, testCall } from './actor-test-cluster.testing.ts';

const actor = { type: 'counter', id: '1' };

test('timer: fires in time, in the trace it was set in, with its request', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '2s', data: '{"n":1}', callback: 'onTick' });
  await cluster.clock.tick(1999);
  assert.deepEqual(cluster.summary(), []);
  await cluster.clock.tick(1);
  assert.deepEqual(cluster.summary(), ['a timer tick counter/1']);
  const { traceId, body } = cluster.receivedCalls[0] ?? assert.fail();
  assert.equal(traceId, testCall().trace.traceId);
  assert.deepEqual(
    { ...(body as object), turn: '' },
    { callback: 'onTick', data: '{"n":1}', dueTime: '2s', period: '', turn: '' },
  );
  await cluster.clock.tick(60_000);
  assert.equal(cluster.receivedCalls.length, 1, 'without a period it fires once');
  await cluster.close();
});

test('timer: keeps its phase, and a late firing follows at once', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const firedAt: number[] = [];
  const begin = cluster.clock.monotonic();
  let end = (): void => {};
  cluster.script = {
    timer: () => {
      firedAt.push(cluster.clock.monotonic() - begin);
      return new Promise((resolve) => (end = () => resolve({ cancel: false })));
    },
  };
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await cluster.clock.tick(1500);
  end();
  await cluster.clock.tick(2000);
  end();
  await cluster.clock.tick(1000);
  assert.deepEqual(firedAt, [1000, 2000, 3500]);
  end();
  await cluster.close();
});

test('timer: late firings of a short period are not lost: ten of a millisecond in ten, however slow the app', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const slowly = (): Promise<{ cancel: boolean }> =>
    new Promise((resolve) => cluster.clock.after(5, () => resolve({ cancel: false })));
  cluster.script = { timer: slowly, reminder: slowly };
  await host.actors.setTimer(testCall(), actor, 'tick', { period: '1ms', ttl: '10ms' });
  await host.actors.setReminder(testCall(), { type: 'counter', id: '2' }, 'tick', { period: '1ms', ttl: '10ms' });
  await cluster.clock.tick(500);
  const count = (what: string): number => cluster.receivedCalls.filter((received) => received.what === what).length;
  assert.deepEqual([count('timer tick'), count('remind tick')], [10, 10]);
  await cluster.close();
});

test('timer: ended by repetitions, by the app, by deletion and by replacement', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { timer: async ({ what }) => ({ cancel: what === 'timer cancelled' }) };
  await host.actors.setTimer(testCall(), actor, 'twice', { period: 'R2/PT1S' });
  await host.actors.setTimer(testCall(), actor, 'cancelled', { period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'deleted', { dueTime: '1500ms', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'replaced', { dueTime: '1s', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'replaced', { dueTime: '5s' });
  await cluster.clock.tick(1000);
  await host.actors.deleteTimer(testCall(), actor, 'deleted');
  await cluster.clock.tick(10_000);
  const fired = cluster.receivedCalls.map(({ what }) => what).toSorted();
  assert.deepEqual(fired, ['timer cancelled', 'timer replaced', 'timer twice', 'timer twice']);
  await cluster.close();
});

test('timer: a time to live that ends with its first tick lets it never fire', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s', ttl: '0s' });
  await cluster.clock.tick(5000);
  assert.deepEqual(cluster.summary(), []);
  await cluster.close();
});

test('timer: a failed callback is not retried, and the timer continues', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { timer: () => Promise.reject(new Error('the app is in a bad mood')) };
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s', period: '1s' });
  await cluster.clock.tick(3500);
  assert.equal(cluster.receivedCalls.length, 3);
  await cluster.close();
});

test('timer: waits only for the turn of its own actor', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  let end = (): void => {};
  cluster.script = { method: () => new Promise((resolve) => (end = () => resolve('done'))) };
  const call = cluster.call(host, '1', 'long');
  await host.actors.setTimer(testCall(), actor, 'tick', { dueTime: '1s' });
  await host.actors.setTimer(testCall(), { type: 'counter', id: '2' }, 'tick', { dueTime: '1s' });
  await cluster.clock.tick(3000);
  assert.deepEqual(cluster.summary(), ['a long counter/1', 'a timer tick counter/2']);
  end();
  await call;
  await cluster.clock.tick(0);
  assert.equal(cluster.summary().at(-1), 'a timer tick counter/1');
  await cluster.close();
});

test('timer: ends with its activation', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a', { entities: ['counter'], actorIdleTimeout: '5s' });
  await host.actors.setTimer(testCall(), actor, 'late', { dueTime: '60s' });
  await cluster.clock.tick(120_000);
  assert.deepEqual(cluster.summary(), ['a deactivate counter/1']);
  await cluster.close();
});

test("timer: set through another host it runs on the actor's host", async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  await cluster.clock.tick(5000);
  const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];
  for (const id of ids) await a.actors.setTimer(testCall(), { type: 'counter', id }, 'tick', { dueTime: '1s' });
  await cluster.clock.tick(1500);
  assert.equal(cluster.receivedCalls.length, ids.length);
  const hosts = new Set(cluster.receivedCalls.map(({ host }) => host));
  assert.deepEqual([...hosts].toSorted(), ['a', b.name]);
  await cluster.close();
});

test('timer: rejected for an app that does not host the type', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await assert.rejects(host.actors.setTimer(testCall(), { type: 'ghost', id: '1' }, 't', {}), /does not host/);
  await cluster.close();
});
