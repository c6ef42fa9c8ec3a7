import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../data/problem-error.ts';
import { findPlacedOrder, searchLimitMs } from './find-placed-order.ts';

const failure = (status: number, retryAfterSeconds?: number): ProblemError =>
  new ProblemError(
    { type: 'about:blank', title: 'x', status, detail: 'x' },
    { hasNoResponse: status === 0, retryAfterSeconds },
  );

/** Answers in turn; the last one is repeated. Waiting moves the clock. */
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

test('findPlacedOrder: an order that appears late is found', async () => {
  const { outcome, waits } = search([failure(0), failure(404), failure(503), 'TW-1']);
  deepEqual(await outcome, { state: 'placed', orderId: 'TW-1' });
  deepEqual(waits, [500, 1_000, 2_000]);
});

test('findPlacedOrder: four times 404 means that it was not placed', async () => {
  const { outcome, lookUps } = search([failure(404)]);
  deepEqual(await outcome, { state: 'not-placed' });
  equal(lookUps(), 4);
});

test('findPlacedOrder: without an answer within the limit nothing is claimed', async () => {
  const { outcome, waits } = search([failure(0)]);
  deepEqual(await outcome, { state: 'unknown' });
  equal(waits.reduce((sum, ms) => sum + ms, 0) <= searchLimitMs, true);
});

test('findPlacedOrder: one 404 and no answer after it prove nothing', async () => {
  const { outcome } = search([failure(404), failure(503)]);
  deepEqual(await outcome, { state: 'unknown' });
});

test('findPlacedOrder: too many requests make it wait as long as it is told', async () => {
  const { outcome, waits } = search([failure(429, 7), 'TW-1']);
  deepEqual(await outcome, { state: 'placed', orderId: 'TW-1' });
  deepEqual(waits, [7_000]);
});

test('findPlacedOrder: leaving the page ends it', async () => {
  const { outcome, abortController } = search([failure(0)]);
  abortController.abort(new Error('left'));
  await rejects(outcome, /left/);
});
