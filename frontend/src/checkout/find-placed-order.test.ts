import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../data/problem-error.ts';
import { findPlacedOrder, searchLimitMs } from './find-placed-order.ts';

const failure = (status: number, retryAfterSeconds?: number): ProblemError =>
  new ProblemError(
    { type: 'about:blank', title: 'x', status, detail: 'x' },
    { hasNoResponse: status === 0, retryAfterSeconds },
  );

/** Responds in turn; the last response is repeated. `wait` advances the fake clock. */
const search = (responses: readonly (string | ProblemError)[]) => {
  const waits: number[] = [];
  const abortController = new AbortController();
  let lookUpCount = 0;
  let now = 0;
  const outcome = findPlacedOrder('key-1', {
    lookUp() {
      const response = responses[Math.min(lookUpCount++, responses.length - 1)];
      return typeof response === 'string' ? Promise.resolve({ orderId: response }) : Promise.reject(response);
    },
    wait(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
    now: () => now,
    signal: abortController.signal,
  });
  return { outcome, waits, abortController, lookUps: () => lookUpCount };
};

test('findPlacedOrder: returns an order that appears after several attempts', async () => {
  const { outcome, waits } = search([failure(0), failure(404), failure(503), 'TW-1']);
  deepEqual(await outcome, { state: 'placed', orderId: 'TW-1' });
  deepEqual(waits, [500, 1_000, 2_000]);
});

test('findPlacedOrder: four 404 responses mean not-placed', async () => {
  const { outcome, lookUps } = search([failure(404)]);
  deepEqual(await outcome, { state: 'not-placed' });
  equal(lookUps(), 4);
});

test('findPlacedOrder: no response within the limit means unknown', async () => {
  const { outcome, waits } = search([failure(0)]);
  deepEqual(await outcome, { state: 'unknown' });
  equal(waits.reduce((sum, ms) => sum + ms, 0) <= searchLimitMs, true);
});

test('findPlacedOrder: one 404 followed by failures means unknown', async () => {
  const { outcome } = search([failure(404), failure(503)]);
  deepEqual(await outcome, { state: 'unknown' });
});

test('findPlacedOrder: waits as long as retry-after after a 429', async () => {
  const { outcome, waits } = search([failure(429, 7), 'TW-1']);
  deepEqual(await outcome, { state: 'placed', orderId: 'TW-1' });
  deepEqual(waits, [7_000]);
});

test('findPlacedOrder: rejects when its signal is aborted', async () => {
  const { outcome, abortController } = search([failure(0)]);
  abortController.abort(new Error('left'));
  await rejects(outcome, /left/);
});
