import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { hasCode } from './errors.ts';
import { TurnQueue } from './turn-queue.ts';

const patient = new AbortController().signal;

test('who comes first is served first, one at a time', async () => {
  const queue = new TurnQueue(fakeClock(), undefined);
  const order: number[] = [];
  assert.equal(queue.acquire(undefined, patient, 1000), undefined);
  for (const n of [1, 2, 3]) void queue.acquire(undefined, patient, 1000)?.then(() => order.push(n));
  for (let remaining = 3; remaining >= 0; remaining--) {
    queue.release();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(order.length, Math.min(3, 4 - remaining));
  }
  assert.deepEqual(order, [1, 2, 3]);
  assert.equal(queue.isIdle, true);
});

test('a chain enters again while it is inside, up to its depth', async () => {
  const queue = new TurnQueue(fakeClock(), 2);
  void queue.acquire('chain', patient, 1000);
  assert.equal(queue.acquire('chain', patient, 1000), undefined);
  await assert.rejects(queue.acquire('chain', patient, 1000) ?? Promise.resolve(), (error) =>
    hasCode(error, 'ERR_ACTOR_STACK_DEPTH'),
  );
  queue.release();
  assert.equal(queue.isIdle, false);
  queue.release();
  assert.equal(queue.isIdle, true);
});

test('without reentrancy the same chain waits like any other', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.acquire('chain', patient, 1000);
  const wait = queue.acquire('chain', patient, 1000);
  assert.ok(wait);
  const rejected = assert.rejects(wait, /needs reentrancy/);
  await clock.tick(1000);
  await rejected;
});

test('a caller that goes away leaves the queue, and the next one gets its place', async () => {
  const queue = new TurnQueue(fakeClock(), undefined);
  const caller = new AbortController();
  void queue.acquire(undefined, patient, 1000);
  const first = queue.acquire(undefined, caller.signal, 1000);
  const second = queue.acquire(undefined, patient, 1000);
  const rejected = assert.rejects(first ?? Promise.resolve(), /went away/);
  caller.abort(new Error('the caller went away'));
  await rejected;
  queue.release();
  await second;
  assert.equal(queue.waiting, 0);
});

test('all who wait can be sent away at once', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.acquire(undefined, patient, 1000);
  const rejected = assert.rejects(queue.acquire(undefined, patient, 1000) ?? Promise.resolve(), /moved/);
  queue.rejectWaiting(() => new Error('moved'));
  await rejected;
  assert.equal(clock.pending, 0);
});
