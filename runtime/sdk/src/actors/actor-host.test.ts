import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../dapr-error.ts';
import { testActor } from '../testing/test-actor.ts';
import { actorHost } from './actor-host.ts';
import type { ActorStateStore } from './actor-host.ts';
import { actor } from './definition.ts';
import type { TurnChanges } from './turn.ts';

const Counter = actor('counter', {
  state: () => ({ count: 0 }),
  methods: {
    add(ctx, by: number) {
      ctx.state.count += by;
      return ctx.state.count;
    },
    total: (ctx) => ctx.state.count,
    addThenFail(ctx, by: number): void {
      ctx.state.count += by;
      throw new Error('out of ink');
    },
    addThenReject(ctx, by: number): void {
      ctx.state.count += by;
      throw new ProblemError({ status: 409, title: 'Conflict', detail: 'no', type: 'too-much' });
    },
    remember(ctx) {
      ctx.setReminder('chime', { dueTime: 1500, data: { loud: true } });
      ctx.publish({ pubsub: 'p', topic: 't', type: 'counted', data: { count: ctx.state.count } });
    },
    spoil(ctx) {
      Object.assign(ctx.state, { at: new Map() });
    },
    setUnknown(ctx) {
      ctx.setReminder('gong', { dueTime: 1 });
    },
  },
  reminders: { chime: (ctx) => void ctx.state.count++ },
});

function fixture(saved?: string) {
  const commits: TurnChanges[] = [];
  const store = { saved, loads: 0, rejectCommits: false };
  const stateStore: ActorStateStore = {
    async load() {
      store.loads++;
      return store.saved;
    },
    async commit(_actor, changes) {
      if (store.rejectCommits) throw new Error('epoch is stale');
      commits.push(changes);
      store.saved = changes.state ?? store.saved;
    },
  };
  let serial = 0;
  const host = actorHost([Counter], stateStore, {
    clock: { now: () => 1000, after: () => () => {} },
    random: { random: () => 0.5, uuid: () => `id-${++serial}` },
  });
  const call = (name: string, argument?: unknown) =>
    host.turn({ type: 'counter', id: 'a', kind: 'methods', name, argument });
  return { host, store, commits, call };
}

test('actorHost: a turn saves the state once, and only when it changed', async () => {
  const { call, commits, store } = fixture();
  assert.deepEqual(await call('add', 2), { kind: 'done', result: 2 });
  assert.deepEqual(await call('total'), { kind: 'done', result: 2 });
  assert.deepEqual(await call('add', 3), { kind: 'done', result: 5 });
  assert.deepEqual(
    commits.map(({ state }) => state),
    ['{"count":2}', '{"count":5}'],
  );
  assert.equal(store.loads, 1);
});

test('actorHost: reading an actor that was never saved stores nothing', async () => {
  const { call, commits } = fixture();
  assert.deepEqual(await call('total'), { kind: 'done', result: 0 });
  assert.equal(commits.length, 0);
});

test('actorHost: a method that throws changes nothing', async () => {
  const { call, commits } = fixture('{"count":7}');
  await assert.rejects(call('addThenFail', 5), /out of ink/);
  assert.deepEqual(await call('total'), { kind: 'done', result: 7 });
  assert.equal(commits.length, 0);
});

test('actorHost: a ProblemError rolls back and is the outcome of the turn', async () => {
  const { call, commits } = fixture('{"count":7}');
  const outcome = await call('addThenReject', 5);
  assert.equal(outcome.kind === 'rejected' && outcome.problem.problem.type, 'too-much');
  assert.deepEqual(await call('total'), { kind: 'done', result: 7 });
  assert.equal(commits.length, 0);
});

test('actorHost: a rejected commit drops the state in memory, so that the next turn loads it again', async () => {
  const { call, store } = fixture('{"count":1}');
  await call('total');
  store.rejectCommits = true;
  await assert.rejects(call('add', 1), /epoch is stale/);
  store.rejectCommits = false;
  store.saved = '{"count":40}';
  assert.deepEqual(await call('add', 2), { kind: 'done', result: 42 });
});

test('actorHost: state, reminders and events of a turn are committed together', async () => {
  const { call, commits } = fixture();
  await call('add', 1);
  await call('remember');
  assert.deepEqual(commits[1], {
    state: undefined,
    reminders: [
      {
        operation: 'set',
        name: 'chime',
        schedule: {
          dueTime: '1500ms',
          period: undefined,
          data: { loud: true },
          failure_policy: { constant: { interval: '2s' } },
        },
      },
    ],
    timers: [],
    events: [{ pubsub: 'p', topic: 't', type: 'counted', data: { count: 1 }, id: 'id-1' }],
  });
});

test('actorHost: concurrent turns of one actor run one after the other', async () => {
  const { call, commits } = fixture();
  const results = await Promise.all([call('add', 1), call('add', 1), call('add', 1)]);
  assert.deepEqual(
    results.map((outcome) => outcome.kind === 'done' && outcome.result),
    [1, 2, 3],
  );
  assert.equal(commits.length, 3);
});

test('actorHost: a deactivated actor loads its state again', async () => {
  const { call, host, store } = fixture('{"count":1}');
  await call('total');
  await host.deactivate({ type: 'counter', id: 'a' });
  store.saved = '{"count":9}';
  assert.deepEqual(await call('total'), { kind: 'done', result: 9 });
});

test('actorHost: a turn of another activation loads the state again', async () => {
  const { host, store } = fixture('{"count":1}');
  const total = async (turnId: string) => {
    const outcome = await host.turn({
      type: 'counter',
      id: 'a',
      kind: 'methods',
      name: 'total',
      argument: undefined,
      turnId,
    });
    return outcome.kind === 'done' && outcome.result;
  };
  assert.equal(await total('host-1.1'), 1);
  store.saved = '{"count":9}';
  assert.equal(await total('host-1.2'), 1);
  assert.equal(await total('host-2.1'), 9);
});

test('actorHost: after a restart of its sidecar it loads states again', async () => {
  const { call, host, store } = fixture('{"count":1}');
  await call('total');
  host.invalidateCachedState();
  store.saved = '{"count":9}';
  assert.deepEqual(await call('total'), { kind: 'done', result: 9 });
});

test('actorHost: state that JSON would change silently is rejected with its path', async () => {
  const { call, commits } = fixture();
  await assert.rejects(call('spoil'), /state\.at is a Map/);
  assert.equal(commits.length, 0);
});

test('actorHost: an undeclared reminder cannot be set', async () => {
  const { call } = fixture();
  await assert.rejects(call('setUnknown'), /declares no gong among its reminders \(chime\)/);
});

test('actorHost: an unknown method or type is reported as unknown, inherited names too', async () => {
  const { call, host } = fixture();
  assert.equal((await call('nothing')).kind, 'unknown');
  assert.equal((await call('toString')).kind, 'unknown');
  const turn = { type: 'clock', id: 'a', kind: 'methods', name: 'total', argument: undefined } as const;
  assert.equal((await host.turn(turn)).kind, 'unknown');
});

test('actorHost: text that a database rejects ends the turn with a 422 problem and changes nothing', async () => {
  for (const text of ['a\0b', '\ud800', 'x\udc00y']) {
    const Note = actor('note', {
      state: () => ({ text: '' }),
      methods: {
        write: (ctx, value: string) => void (ctx.state.text = value),
        note: (ctx, value: string) => ctx.publish({ pubsub: 'p', topic: 't', type: 'noted', data: { [value]: 1 } }),
      },
    });
    const note = testActor(Note);
    await assert.rejects(note.call.write(text), { status: 422 });
    await assert.rejects(note.call.note(text), { status: 422 });
    assert.equal(note.saved, undefined);
    assert.deepEqual(note.events, []);
  }
});
