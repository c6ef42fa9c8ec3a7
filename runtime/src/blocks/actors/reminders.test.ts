import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actorInvokeFailed, hasCode } from './errors.ts';
import { ActorTestCluster, testCall } from './actor-test-cluster.testing.ts';

const actor = { type: 'counter', id: '1' };

function at(cluster: ActorTestCluster): () => number {
  const begin = cluster.clock.monotonic();
  return () => Math.round(cluster.clock.monotonic() - begin);
}

test('reminder: fires when due, in the trace it was set in, and is removed', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const call = { ...testCall(), trace: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), sampled: true } };
  await host.actors.setReminder(call, actor, 'wake', { dueTime: '10s', data: '"up"' });
  await cluster.clock.tick(9999);
  assert.deepEqual(cluster.summary(), []);
  await cluster.clock.tick(1);
  assert.deepEqual(cluster.summary(), ['a remind wake counter/1']);
  assert.equal(cluster.receivedCalls[0]?.traceId, 'c'.repeat(32));
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.clock.tick(60_000);
  assert.equal(cluster.receivedCalls.length, 1);
  await cluster.close();
});

test('reminder: a period keeps its phase, however long a callback takes, and ends with its repetitions', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const now = at(cluster);
  const fired: number[] = [];
  cluster.script = {
    reminder: async () => {
      fired.push(now());
      return { cancel: false };
    },
  };
  await host.actors.setReminder(testCall(), actor, 'beat', { dueTime: '1s', period: 'R4/PT2S' });
  await cluster.clock.tick(30_000);
  assert.deepEqual(fired, [1000, 3000, 5000, 7000]);
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.close();
});

test('reminder: ended by the app, by deletion, and by its time to live', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { reminder: async ({ what }) => ({ cancel: what === 'remind cancelled' }) };
  await host.actors.setReminder(testCall(), actor, 'cancelled', { dueTime: '1s', period: '1s' });
  await host.actors.setReminder(testCall(), actor, 'deleted', { dueTime: '2s' });
  await host.actors.setReminder(testCall(), actor, 'short', { dueTime: '1s', period: '1s', ttl: '1500ms' });
  await cluster.clock.tick(1500);
  await host.actors.deleteReminder(testCall(), actor, 'deleted');
  await cluster.clock.tick(30_000);
  const fired = cluster.receivedCalls.map(({ what }) => what).toSorted();
  assert.deepEqual(fired, ['remind cancelled', 'remind short', 'remind short']);
  await cluster.close();
});

test('reminder: without a due time it fires after each period, the last time when its time to live ends', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const begin = cluster.clock.monotonic();
  const fired: number[] = [];
  cluster.script = {
    reminder: async () => {
      fired.push(cluster.clock.monotonic() - begin);
      return { cancel: false };
    },
  };
  await host.actors.setReminder(testCall(), actor, 'beat', { period: '1s', ttl: '3s' });
  await cluster.clock.tick(30_000);
  assert.deepEqual(fired, [1000, 2000, 3000]);
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.close();
});

test('reminder: replacing removes the previous one, also when it was about to fire', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1s' });
  await cluster.clock.tick(900);
  await host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '30s' });
  await cluster.clock.tick(29_000);
  assert.deepEqual(cluster.summary(), []);
  await cluster.clock.tick(1100);
  assert.equal(cluster.receivedCalls.length, 1);
  await assert.doesNotReject(host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1h' }));
  await assert.rejects(
    host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1h', overwrite: false }),
    (error) => hasCode(error, 'ERR_ACTOR_REMINDER_ALREADY_EXISTS'),
  );
  await cluster.close();
});

test('reminder: a rejected firing is retried three times, a second apart, then follows the next period', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const now = at(cluster);
  const fired: number[] = [];
  cluster.script = {
    reminder: async () => {
      fired.push(now());
      if (fired.length <= 4) throw actorInvokeFailed('error from actor service: (500) no');
      return { cancel: false };
    },
  };
  await host.actors.setReminder(testCall(), actor, 'beat', { dueTime: '1s', period: '10s' });
  await cluster.clock.tick(12_000);
  assert.deepEqual(fired, [1000, 2000, 3000, 4000, 11_000]);
  await cluster.close();
});

for (const [what, failurePolicy, tries] of [
  ['is dropped after three more tries', undefined, [1000, 2000, 3000, 4000]],
  ['is dropped at once by its policy', { kind: 'drop' }, [1000]],
  [
    'is retried by the limits of its policy',
    { kind: 'constant', intervalMs: 5000, maxRetries: 2 },
    [1000, 6000, 11_000],
  ],
] as const) {
  test(`reminder: a one-shot that keeps failing ${what}`, async () => {
    const cluster = new ActorTestCluster();
    const host = await cluster.host('a');
    const now = at(cluster);
    const fired: number[] = [];
    cluster.script = {
      reminder: async () => {
        fired.push(now());
        throw actorInvokeFailed('error from actor service: (500) no');
      },
    };
    await host.actors.setReminder(testCall(), actor, 'once', {
      dueTime: '1s',
      ...(failurePolicy ? { failurePolicy } : {}),
    });
    await cluster.clock.tick(60_000);
    assert.deepEqual(fired, tries);
    assert.equal(cluster.database.reminders.size, 0);
    await cluster.close();
  });
}

test('reminder: without a retry limit it is tried until it succeeds, also by the next host; an unavailable app costs no attempt', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  let tries = 0;
  cluster.script = {
    reminder: async () => {
      tries += 1;
      if (tries <= 3) throw new Error('no app');
      if (tries <= 20) throw actorInvokeFailed('error from actor service: (500) no');
      return { cancel: false };
    },
  };
  const request = { dueTime: '1s', failurePolicy: { kind: 'constant', intervalMs: 1000 } } as const;
  await host.actors.setReminder(testCall(), actor, 'once', request);
  await cluster.clock.tick(12_000);
  assert.ok(tries > 3 && tries < 20, String(tries));
  await host.actors.unregisterHost();
  await cluster.host('b');
  await cluster.clock.tick(60_000);
  assert.equal(tries, 21);
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.close();
});

test('reminders: listed and deleted by actor and by type, on any host', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.host('b');
  await cluster.clock.tick(5000);
  const actors = Array.from({ length: 6 }, (_, id) => ({ type: 'counter', id: `n${id}` }));
  for (const one of actors) await host.actors.setReminder(testCall(), one, 'wake', { dueTime: '1h', period: '1m' });
  await host.actors.setReminder(testCall(), { type: 'counter', id: 'n1' }, 'sleep', {});
  const of = async (id?: string) =>
    (await host.actors.listReminders(testCall(), 'counter', id)).map(
      ({ name, reminder }) => `${reminder.actorID} ${name} ${reminder.period ?? ''}`,
    );
  assert.deepEqual((await of('n1')).toSorted(), ['n1 sleep ', 'n1 wake @every 1m0s']);
  assert.deepEqual(await of('n'), []);
  assert.equal((await of()).length, 7);
  await host.actors.deleteReminders(testCall(), 'counter', 'n1');
  assert.equal((await of()).length, 5);
  await host.actors.deleteReminders(testCall(), 'counter');
  assert.deepEqual(await of(), []);
  await assert.rejects(host.actors.listReminders(testCall(), 'ghost'), (error) =>
    hasCode(error, 'ERR_ACTOR_REMINDER_NON_HOSTED'),
  );
  await cluster.close();
});

test('reminder: fires once when it fell due while no host was alive', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  await a.actors.setReminder(testCall(), actor, 'beat', { dueTime: '5s', period: '5s' });
  await a.actors.setReminder(testCall(), actor, 'once', { dueTime: '7s' });
  a.cut(true);
  await a.actors.unregisterHost().catch(() => {});
  await cluster.clock.tick(31_000);
  cluster.receivedCalls.length = 0;
  const now = at(cluster);
  await cluster.host('b');
  await cluster.clock.tick(1);
  assert.deepEqual(cluster.summary().toSorted(), ['b remind beat counter/1', 'b remind once counter/1']);
  assert.ok(now() < 100);
  // The period keeps its phase: set at 0, so 35 s and 40 s follow.
  await cluster.clock.tick(9100);
  assert.equal(cluster.receivedCalls.filter(({ what }) => what === 'remind beat').length, 3);
  await cluster.close();
});

test('reminder: an unavailable store after the app responded does not deliver it twice', async () => {
  const cluster = new ActorTestCluster();
  let failures = 2;
  const host = cluster.sidecar('a', (store) => ({
    ...store,
    commit: (call, target, fence, changes) =>
      changes.reminders.some(({ kind }) => kind === 'advance') && failures-- > 0
        ? Promise.reject(new Error('the store is unavailable'))
        : store.commit(call, target, fence, changes),
  }));
  await cluster.join(host);
  await host.actors.setReminder(testCall(), actor, 'once', { dueTime: '1s' });
  await cluster.clock.tick(20_000);
  assert.deepEqual(cluster.summary(), ['a remind once counter/1']);
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.close();
});

test('reminders: concurrent for many actors, serial for one', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  let running = 0;
  let most = 0;
  cluster.script = {
    reminder: async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => cluster.clock.after(100, resolve));
      running -= 1;
      return { cancel: false };
    },
  };
  for (let id = 0; id < 100; id++)
    await host.actors.setReminder(testCall(), { type: 'counter', id: String(id) }, 'r', { dueTime: '1s' });
  await cluster.clock.tick(1100);
  assert.equal(most, 64);
  await cluster.clock.tick(200);
  assert.equal(cluster.receivedCalls.length, 100);
  await cluster.close();
});

test('reminder: returned in the format of the scheduler', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await host.actors.setReminder(testCall(), actor, 'beat', {
    dueTime: '1m',
    period: 'R5/PT90S',
    data: '{"a":1}',
    ttl: '1h',
  });
  assert.deepEqual(await host.actors.getReminder(testCall(), actor, 'beat'), {
    actorType: 'counter',
    actorID: '1',
    data: '{"a":1}',
    dueTime: '1m',
    period: '@every 1m30s',
    ttl: '2026-01-01T01:01:00Z',
  });
  await assert.rejects(host.actors.getReminder(testCall(), actor, 'none'), (error) =>
    hasCode(error, 'ERR_ACTOR_REMINDER_NOT_FOUND'),
  );
  await cluster.close();
});

test('reminder: calendar periods and types of other apps are rejected', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await assert.rejects(host.actors.setReminder(testCall(), actor, 'r', { period: 'P1D' }), /unsupported period format/);
  await assert.rejects(host.actors.setReminder(testCall(), { type: 'ghost', id: '1' }, 'r', {}), (error) =>
    hasCode(error, 'ERR_ACTOR_REMINDER_NON_HOSTED'),
  );
  await cluster.close();
});
