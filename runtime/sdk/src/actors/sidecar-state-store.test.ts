import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daprClient } from '../client.ts';
import { actorSidecar } from '../testing/actor-sidecar.ts';
import type { ActorSidecar } from '../testing/actor-sidecar.ts';
import { movableClock, seededRandom } from '../testing/movable-clock.ts';
import { actorHost } from './actor-host.ts';
import type { TurnKind } from './actor-host.ts';
import { actor } from './definition.ts';
import { sidecarStateStore } from './sidecar-state-store.ts';

const Till = actor('till', {
  state: () => ({ sold: 0 }),
  methods: {
    sell(ctx) {
      ctx.state.sold++;
      ctx.publish({ pubsub: 'p', topic: 't', type: 'sold', id: `sale-${ctx.state.sold}`, data: ctx.state.sold });
      ctx.setReminder('close', { dueTime: '1h' });
    },
    adjust: (ctx, sold: number) => void (ctx.state.sold = sold),
    sold: (ctx) => ctx.state.sold,
  },
  reminders: { close: () => {} },
});

/** A process that hosts tills beside the sidecar; a second one stands for a restart. */
function open(sidecar: ActorSidecar) {
  const clock = movableClock(0);
  const client = daprClient({ transport: sidecar, clock });
  const host = actorHost([Till], sidecarStateStore(client.send, client.context), { clock, random: seededRandom(1) });
  const turn = (name: string, argument?: unknown, kind: TurnKind = 'methods') =>
    host.turn({ type: 'till', id: 'a', kind, name, argument });
  return { host, turn };
}

test('sidecarStateStore: a turn is one call with state, reminders and events', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: true });
  const { turn } = open(sidecar);
  await turn('sell');
  await turn('sell');
  assert.deepEqual(
    sidecar.calls.filter((call) => !call.startsWith('GET')),
    ['POST turn', 'POST turn'],
  );
  assert.equal(sidecar.state.get('till/a/state'), '{"sold":2}');
  assert.deepEqual(sidecar.published, ['sale-1', 'sale-2']);
  assert.deepEqual(sidecar.reminders.get('till/a/close'), {
    dueTime: '1h',
    overwrite: true,
    failure_policy: { constant: { interval: '2s' } },
  });
});

test('sidecarStateStore: a commit carries the id of its turn', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: true });
  const send = sidecar.send.bind(sidecar);
  const turns: unknown[] = [];
  sidecar.send = (request) => {
    turns.push(request.headers['x-outrigger-turn']);
    return send(request);
  };
  const { host } = open(sidecar);
  await host.turn({ type: 'till', id: 'a', kind: 'methods', name: 'sell', argument: undefined, turnId: 'h-1.7' });
  assert.equal(turns.at(-1), 'h-1.7');
});

test('sidecarStateStore: a turn that changes nothing makes no call', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: true });
  const { turn } = open(sidecar);
  await turn('sell');
  const before = sidecar.calls.length;
  assert.deepEqual(await turn('sold'), { kind: 'done', result: 1 });
  assert.equal(sidecar.calls.length, before);
});

test('stateThenPublishCommit: writes the state, then reminders, then events, then removes the pending work', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  const { turn } = open(sidecar);
  await turn('sell');
  assert.deepEqual(sidecar.calls, [
    'GET state/pending-events',
    'GET state/state',
    'POST turn',
    'POST reminders/outrigger-pending-events',
    'POST state',
    'POST reminders/close',
    'POST publish',
    'POST state',
  ]);
  assert.equal(sidecar.state.get('till/a/state'), '{"sold":1}');
  assert.equal(sidecar.state.has('till/a/pending-events'), false);
  sidecar.calls.length = 0;
  await turn('sell');
  assert.deepEqual(sidecar.calls, ['POST state', 'POST reminders/close', 'POST publish', 'POST state']);
  sidecar.calls.length = 0;
  await turn('adjust', 9);
  assert.deepEqual(sidecar.calls, ['POST state'], 'a change of state alone leaves nothing to do');
});

test('stateThenPublishCommit: a turn whose state is rejected publishes nothing', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  const { turn } = open(sidecar);
  await turn('sold');
  sidecar.failing = /^POST state/;
  await assert.rejects(turn('sell'), /POST state fails/);
  sidecar.failing = undefined;
  assert.deepEqual(sidecar.published, []);
  assert.deepEqual(await turn('sold'), { kind: 'done', result: 0 });
});

test('stateThenPublishCommit: events that the broker rejects are published with the next turn, in order, once each', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  const { turn } = open(sidecar);
  sidecar.failing = /publish/;
  await turn('sell');
  await turn('sell');
  assert.deepEqual(sidecar.published, []);
  sidecar.failing = undefined;
  await turn('sell');
  assert.deepEqual(sidecar.published, ['sale-1', 'sale-2', 'sale-3']);
  assert.equal(sidecar.state.has('till/a/pending-events'), false);
});

test('stateThenPublishCommit: the next activation finishes the pending work of a process that died', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  sidecar.failing = /publish|reminders\/close/;
  await open(sidecar).turn('sell');
  assert.equal(sidecar.reminders.has('till/a/close'), false);
  sidecar.failing = undefined;
  await open(sidecar).turn('sold');
  assert.deepEqual(sidecar.published, ['sale-1']);
  assert.ok(sidecar.reminders.has('till/a/close'));
});

test('stateThenPublishCommit: a reminder wakes an actor with pending work and ends when it is done', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  sidecar.failing = /publish/;
  await open(sidecar).turn('sell');
  assert.ok(sidecar.reminders.has('till/a/outrigger-pending-events'));
  const restarted = open(sidecar);
  const wake = () => restarted.turn('outrigger-pending-events', undefined, 'reminders');
  assert.deepEqual(await wake(), { kind: 'done', result: undefined, cancel: false });
  sidecar.failing = undefined;
  assert.deepEqual(await wake(), { kind: 'done', result: undefined, cancel: true });
  assert.deepEqual(sidecar.published, ['sale-1']);
});

test('stateThenPublishCommit: an event that is published twice has the same id both times', async () => {
  const sidecar = actorSidecar({ hasTurnRoute: false });
  const { turn } = open(sidecar);
  await turn('sold');
  await turn('adjust', 0);
  let saves = 0;
  const send = sidecar.send.bind(sidecar);
  sidecar.send = (request) => {
    // The note's removal is lost: the process dies between the publish and it.
    if (String(request.body).includes('"delete"') && ++saves === 1) return Promise.reject(new Error('connection lost'));
    return send(request);
  };
  await turn('sell');
  await open(sidecar).turn('sold');
  assert.deepEqual(sidecar.published, ['sale-1', 'sale-1']);
});
