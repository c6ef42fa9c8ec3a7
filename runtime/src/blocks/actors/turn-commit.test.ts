import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '#core/message.ts';
import { hasCode } from './errors.ts';
import type { ActorStateOperation } from './ports.ts';
import { ActorTestCluster, type SimulatedHost, testCall } from './actor-test-cluster.testing.ts';
import type { TurnEvent, TurnRequest } from './turn-commit.ts';

const actor = { type: 'counter', id: '1' };

function set(key: string, value: string): ActorStateOperation {
  return { kind: 'set', key, value: Buffer.from(value) };
}

function event(topic: string, data = '{}'): TurnEvent {
  return { pubsubName: 'pubsub', topic, data: Buffer.from(data), contentType: 'application/json', metadata: {} };
}

function turn(parts: Partial<TurnRequest>): TurnRequest {
  return { operations: [], reminders: [], events: [], ...parts };
}

async function read(host: SimulatedHost, key: string): Promise<string | undefined> {
  const stored = await host.actors.getState(testCall(), actor, key);
  return stored && Buffer.from(stored.data).toString('utf8');
}

test('turn commit: state, reminders and events are committed together, and the events are published', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = {
    method: async () => {
      await host.actors.commit(
        testCall(),
        actor,
        turn({
          operations: [set('n', '1')],
          reminders: [{ operation: 'set', name: 'wake', request: { dueTime: '5s' } }],
          events: [event('counted', '{"n":1}'), event('stored')],
        }),
      );
      return 'ok';
    },
  };
  await cluster.call(host, '1');
  assert.equal(await read(host, 'n'), '1');
  await cluster.clock.tick(0);
  assert.deepEqual(
    cluster.published.map(({ topic }) => topic),
    ['counted', 'stored'],
  );
  assert.equal(cluster.database.outbox.size, 0);
  await cluster.clock.tick(5000);
  assert.equal(cluster.summary().at(-1), 'a remind wake counter/1');
  await cluster.close();
});

test('turn commit: one rejected part rejects the whole turn', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  const wrong: readonly (readonly [Partial<TurnRequest>, RegExp])[] = [
    [{ reminders: [{ operation: 'set', name: 'r', request: { dueTime: 'soon' } }] }, /is no time/],
    [{ reminders: [{ operation: 'set', name: 'a#b', request: {} }] }, /not allowed/],
    [{ events: [event('big', 'x'.repeat(1_000_001))] }, /more than the 1000000 an outbox takes/],
    [{ events: Array.from({ length: 257 }, () => event('many')) }, /at most 256 events, not 257/],
  ];
  for (const [parts, reason] of wrong)
    await assert.rejects(
      host.actors.commit(testCall(), actor, turn({ operations: [set('n', '2')], ...parts })),
      (error: Error) => reason.test(error.message) && hasCode(error, 'ERR_BAD_REQUEST'),
    );
  assert.equal(await read(host, 'n'), undefined);
  assert.equal(cluster.published.length + cluster.database.reminders.size + cluster.database.outbox.size, 0);
  await cluster.close();
});

test('turn commit: only an active actor changes its state, and any can be read', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const missing = (error: unknown): boolean => hasCode(error, 'ERR_ACTOR_INSTANCE_MISSING');
  await assert.rejects(host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] })), missing);
  assert.equal(await host.actors.getState(testCall(), actor, 'n'), undefined);
  await assert.rejects(host.actors.commit(testCall(), { type: 'dapr.internal.x', id: '1' }, turn({})), (error) =>
    hasCode(error, 'ERR_ACTOR_TYPE_RESERVED'),
  );
  await cluster.close();
});

test('turn commit: a firing reminder advances in the commit of its effects', async () => {
  const cluster = new ActorTestCluster();
  let commits = 0;
  const host = cluster.sidecar('a', (store) => ({
    ...store,
    commit: (...args) => {
      commits += 1;
      return store.commit(...args);
    },
  }));
  await cluster.join(host);
  cluster.script = {
    reminder: async ({ body }) => {
      const { turn: id } = body as { turn: string };
      await host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] }), id);
      // The response is lost: what was committed with the firing must still not be repeated.
      throw new Error('the connection broke');
    },
  };
  await host.actors.setReminder(testCall(), actor, 'beat', { dueTime: '1s', period: '10s' });
  commits = 0;
  await cluster.clock.tick(5000);
  assert.equal(cluster.receivedCalls.length, 1);
  assert.equal(commits, 1);
  await cluster.clock.tick(6500);
  assert.equal(cluster.receivedCalls.length, 2, 'the next tick comes in time');
  await cluster.close();
});

test('turn commit: a turn may set its own firing reminder again', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = {
    reminder: async () => {
      const again = { operation: 'set', name: 'wake', request: { dueTime: '3s' } } as const;
      if (cluster.receivedCalls.length < 3) await host.actors.commit(testCall(), actor, turn({ reminders: [again] }));
      return { cancel: false };
    },
  };
  await host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1s' });
  await cluster.clock.tick(60_000);
  assert.equal(cluster.receivedCalls.length, 3);
  assert.equal(cluster.database.reminders.size, 0);
  await cluster.close();
});

test('turn commit: rejected for an ended turn', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  const old = headerOf(cluster.receivedCalls[0]?.headers ?? [], 'x-outrigger-turn');
  assert.ok(old);
  await assert.rejects(host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] }), old), (error) =>
    hasCode(error, 'ERR_ACTOR_TURN_OVER'),
  );
  await cluster.close();
});

test('outbox: events wait for an unavailable broker, and are published in the end', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  cluster.isBrokerDown = true;
  await host.actors.commit(testCall(), actor, turn({ events: [event('later')] }));
  await cluster.clock.tick(10_000);
  assert.equal(cluster.database.outbox.size, 1);
  cluster.isBrokerDown = false;
  await cluster.clock.tick(30_000);
  assert.equal(cluster.published.length, 1);
  assert.equal(cluster.database.outbox.size, 0);
  await cluster.close();
});

test('outbox: events left by a crash are published by the next process, under the same id', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  cluster.isBrokerDown = true;
  await host.actors.commit(testCall(), actor, turn({ events: [event('left', '{"x":1}')] }));
  await cluster.clock.tick(500);
  const closing = host.actors.close();
  await cluster.clock.tick(5000);
  await closing;
  const [{ event: remaining } = assert.fail()] = [...cluster.database.outbox];
  cluster.isBrokerDown = false;
  await cluster.host('b');
  await cluster.clock.tick(12_000);
  assert.deepEqual(
    cluster.published.map(({ id }) => id),
    [remaining.id],
  );
  assert.equal(cluster.database.outbox.size, 0);
  await cluster.close();
});
