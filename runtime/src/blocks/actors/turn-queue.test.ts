import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { hasCode } from './errors.ts';
import { TurnQueue } from './turn-queue.ts';

const patient = new AbortController().signal;

test('turn queue: first come, first served, one at a time', async () => {
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

test('turn queue: a chain enters again while it holds the turn, up to its depth', async () => {
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

test('turn queue: without reentrancy the same chain waits like any other', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.acquire('chain', patient, 1000);
  const wait = queue.acquire('chain', patient, 1000);
  assert.ok(wait);
  const rejected = assert.rejects(wait, /needs reentrancy/);
  await clock.tick(1000);
  await rejected;
});

test('turn queue: an aborted caller leaves the queue, and the next one advances', async () => {
  const queue = new TurnQueue(fakeClock(), undefined);
  const caller = new AbortController();
  void queue.acquire(undefined, patient, 1000);
  const first = queue.acquire(undefined, caller.signal, 1000);
  const second = queue.acquire(undefined, patient, 1000);
  const rejected = assert.rejects(first ?? Promise.resolve(), /disconnected/);
  caller.abort(new Error('the caller disconnected'));
  await rejected;
  queue.release();
  await second;
  assert.equal(queue.waiting, 0);
});

test('turn queue: rejectWaiting rejects all waiting callers', async () => {
  const clock = fakeClock();
  const queue = new TurnQueue(clock, undefined);
  void queue.acquire(undefined, patient, 1000);
  const rejected = assert.rejects(queue.acquire(undefined, patient, 1000) ?? Promise.resolve(), /moved/);
  queue.rejectWaiting(() => new Error('moved'));
  await rejected;
  assert.equal(clock.pending, 0);
});
