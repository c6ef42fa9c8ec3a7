import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '#core/message.ts';
import { hasCode } from './errors.ts';
import type { ActorStateOperation } from './ports.ts';
import { ActorWorld, type SimulatedHost, testCall } from './testing.ts';
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
  const found = await host.actors.getState(testCall(), actor, key);
  return found && Buffer.from(found.data).toString('utf8');
}

test('state, reminders and events of a turn are there together, and the events reach the broker', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = {
    method: async () => {
      await host.actors.commit(
        testCall(),
        actor,
        turn({
          operations: [set('n', '1')],
          reminders: [{ operation: 'set', name: 'wake', request: { dueTime: '5s' } }],
          events: [event('counted', '{"n":1}'), event('told')],
        }),
      );
      return 'ok';
    },
  };
  await world.call(host, '1');
  assert.equal(await read(host, 'n'), '1');
  await world.clock.tick(0);
  assert.deepEqual(
    world.published.map(({ topic }) => topic),
    ['counted', 'told'],
  );
  assert.equal(world.database.outbox.size, 0);
  await world.clock.tick(5000);
  assert.equal(world.story().at(-1), 'a remind wake counter/1');
  await world.close();
});

test('one part that is refused refuses the whole turn', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await world.call(host, '1');
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
  assert.equal(world.published.length + world.database.reminders.size + world.database.outbox.size, 0);
  await world.close();
});

test('only an active actor changes its state, and any may be read', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  const missing = (error: unknown): boolean => hasCode(error, 'ERR_ACTOR_INSTANCE_MISSING');
  await assert.rejects(host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] })), missing);
  assert.equal(await host.actors.getState(testCall(), actor, 'n'), undefined);
  await assert.rejects(host.actors.commit(testCall(), { type: 'dapr.internal.x', id: '1' }, turn({})), (error) =>
    hasCode(error, 'ERR_ACTOR_TYPE_RESERVED'),
  );
  await world.close();
});

test('a reminder that fires is moved on in the same commit as what it did', async () => {
  const world = new ActorWorld();
  let commits = 0;
  const host = world.sidecar('a', (store) => ({
    ...store,
    commit: (...args) => {
      commits += 1;
      return store.commit(...args);
    },
  }));
  await world.join(host);
  world.script = {
    reminder: async ({ body }) => {
      const { turn: id } = body as { turn: string };
      await host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] }), id);
      // The answer is lost: what was committed with the firing must not be repeated all the same.
      throw new Error('the connection broke');
    },
  };
  await host.actors.setReminder(testCall(), actor, 'beat', { dueTime: '1s', period: '10s' });
  commits = 0;
  await world.clock.tick(5000);
  assert.equal(world.heard.length, 1);
  assert.equal(commits, 1);
  await world.clock.tick(6500);
  assert.equal(world.heard.length, 2, 'the next tick comes in time');
  await world.close();
});

test('a turn may set its own reminder anew while that fires', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = {
    reminder: async () => {
      const again = { operation: 'set', name: 'wake', request: { dueTime: '3s' } } as const;
      if (world.heard.length < 3) await host.actors.commit(testCall(), actor, turn({ reminders: [again] }));
      return { cancel: false };
    },
  };
  await host.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1s' });
  await world.clock.tick(60_000);
  assert.equal(world.heard.length, 3);
  assert.equal(world.database.reminders.size, 0);
  await world.close();
});

test('a commit of a turn that is over is refused', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await world.call(host, '1');
  const old = headerOf(world.heard[0]?.headers ?? [], 'x-outrigger-turn');
  assert.ok(old);
  await assert.rejects(host.actors.commit(testCall(), actor, turn({ operations: [set('n', '1')] }), old), (error) =>
    hasCode(error, 'ERR_ACTOR_TURN_OVER'),
  );
  await world.close();
});

test('events wait for a broker that is away, and leave in the end', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await world.call(host, '1');
  world.brokerIsDown = true;
  await host.actors.commit(testCall(), actor, turn({ events: [event('later')] }));
  await world.clock.tick(10_000);
  assert.equal(world.database.outbox.size, 1);
  world.brokerIsDown = false;
  await world.clock.tick(30_000);
  assert.equal(world.published.length, 1);
  assert.equal(world.database.outbox.size, 0);
  await world.close();
});

test('what a crash left in the outbox is published by the next process, under the same id', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await world.call(host, '1');
  world.brokerIsDown = true;
  await host.actors.commit(testCall(), actor, turn({ events: [event('left', '{"x":1}')] }));
  await world.clock.tick(500);
  const closing = host.actors.close();
  await world.clock.tick(5000);
  await closing;
  const [{ event: left } = assert.fail()] = [...world.database.outbox];
  world.brokerIsDown = false;
  await world.host('b');
  await world.clock.tick(12_000);
  assert.deepEqual(
    world.published.map(({ id }) => id),
    [left.id],
  );
  assert.equal(world.database.outbox.size, 0);
  await world.close();
});
