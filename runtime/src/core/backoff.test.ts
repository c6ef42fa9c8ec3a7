import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay, withJitter } from './backoff.ts';
import { seededRandom } from './random.ts';

test('backoffDelay: doubles from the first delay up to the maximum', () => {
  const delays = [1, 2, 3, 4, 5, 2000].map((attempt) => backoffDelay(attempt, { firstMs: 100, maxMs: 1000 }));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

test('backoffDelay: grows by another factor', () => {
  const delays = [1, 2, 3].map((attempt) => backoffDelay(attempt, { firstMs: 100, maxMs: 1000, factor: 1.5 }));
  assert.deepEqual(delays, [100, 150, 225]);
});

test('withJitter: spreads a delay evenly within its share', () => {
  const random = seededRandom();
  const delays = Array.from({ length: 1000 }, () => withJitter(1000, random, 0.2));
  assert.ok(Math.min(...delays) < 810 && Math.min(...delays) >= 800);
  assert.ok(Math.max(...delays) > 1190 && Math.max(...delays) <= 1200);
});
