import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { hasCode } from './errors.ts';
import { TurnQueue } from './turn-queue.ts';

const patient = new AbortController().signal;

test('who comes first is served first, one at a time', async () => {
  const queue = new TurnQueue(fakeClock(), undefined);
  const order: number[] = [];
  assert.equal(queue.enter(undefined, patient, 1000), undefined);
  for (const n of [1, 2, 3]) void queue.enter(undefined, patient, 1000)?.then(() => order.push(n));
  for (let left = 3; left >= 0; left--) {
    queue.leave();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(order.length, Math.min(3, 4 - left));
  }
  assert.deepEqual(order, [1, 2, 3]);
  assert.equal(queue.isIdle, true);
});

test('a chain enters again while it is inside, up to its depth', async () => {
  const queue = new TurnQueue(fakeClock(), 2);
  void queue.enter('chain', patient, 1000);
  assert.equal(queue.enter('chain', patient, 1000), undefined);
  await assert.rejects(queue.enter('chain', patient, 1000) ?? Promise.resolve(), (error) =>
    hasCode(error, 'ERR_ACTOR_STACK_DEPTH'),
  );
  queue.leave();
  assert.equal(queue.isIdle, false);
  queue.leave();
  assert.equal(queue.isIdle, true);
});

test('without reentrancy the same chain waits like any other', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.enter('chain', patient, 1000);
  const wait = queue.enter('chain', patient, 1000);
  assert.ok(wait);
  const refused = assert.rejects(wait, /needs reentrancy/);
  await clock.tick(1000);
  await refused;
});

test('a caller that goes away leaves the queue, and the next one gets its place', async () => {
  const queue = new TurnQueue(fakeClock(), undefined);
  const gone = new AbortController();
  void queue.enter(undefined, patient, 1000);
  const first = queue.enter(undefined, gone.signal, 1000);
  const second = queue.enter(undefined, patient, 1000);
  const refused = assert.rejects(first ?? Promise.resolve(), /went away/);
  gone.abort(new Error('the caller went away'));
  await refused;
  queue.leave();
  await second;
  assert.equal(queue.waiting, 0);
});

test('all who wait can be sent away at once', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.enter(undefined, patient, 1000);
  const refused = assert.rejects(queue.enter(undefined, patient, 1000) ?? Promise.resolve(), /moved/);
  queue.refuseWaiting(() => new Error('moved'));
  await refused;
  assert.equal(clock.pending, 0);
});
