import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor } from '../actors/definition.ts';
import { ProblemError } from '../dapr-error.ts';
import { testActor } from './test-actor.ts';

const Kettle = actor('kettle', {
  state: () => ({ litres: 0, boiledAt: 0, whistles: 0 }),
  methods: {
    fill(ctx, litres: number) {
      if (litres > 2) throw new ProblemError({ status: 400, title: 'Too much', detail: 'It holds two litres.' });
      ctx.state.litres = litres;
      ctx.setReminder('boil', { dueTime: 90_000 });
      ctx.setTimer('whistle', { dueTime: '1s', period: '30s' });
    },
    empty: (ctx) => ctx.clearReminder('boil'),
    look: (ctx) => ctx.state,
  },
  reminders: {
    boil(ctx) {
      ctx.state.boiledAt = ctx.now();
      ctx.publish({ pubsub: 'p', topic: 'kitchen', type: 'boiled', data: { litres: ctx.state.litres } });
    },
  },
  timers: { whistle: (ctx) => void ctx.state.whistles++ },
});

test('testActor: reminders and timers run when the clock passes them', async () => {
  const kettle = testActor(Kettle, { now: 1_000 });
  await kettle.call.fill(2);
  await kettle.advance(89_999);
  assert.deepEqual(await kettle.call.look(), { litres: 2, boiledAt: 0, whistles: 3 });
  await kettle.advance(1);
  assert.deepEqual(await kettle.call.look(), { litres: 2, boiledAt: 91_000, whistles: 3 });
  assert.deepEqual(
    kettle.events.map(({ type, data }) => ({ type, data })),
    [{ type: 'boiled', data: { litres: 2 } }],
  );
});

test('testActor: a deactivated actor retains its state and reminders and loses its timers', async () => {
  const kettle = testActor(Kettle);
  await kettle.call.fill(1);
  await kettle.deactivate();
  await kettle.advance(120_000);
  const { whistles, boiledAt } = await kettle.call.look();
  assert.equal(whistles, 0);
  assert.notEqual(boiledAt, 0);
});

test('testActor: a cleared reminder does not run, and a ProblemError is thrown', async () => {
  const kettle = testActor(Kettle);
  await kettle.call.fill(1);
  await kettle.call.empty();
  await kettle.advance(200_000);
  assert.equal(kettle.events.length, 0);
  await assert.rejects(kettle.call.fill(3), { name: 'ProblemError', status: 400 });
});
