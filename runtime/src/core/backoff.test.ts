import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffDelay, backoffPause, withJitter } from './backoff.ts';
import { fakeClock } from './fake-clock.ts';
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

test('backoffPause: lasts as long as the backoff, and ends at once when the signal aborts', async () => {
  const clock = fakeClock();
  const closing = new AbortController();
  let ended = 0;
  const pause = (): Promise<unknown> =>
    backoffPause(
      { clock, random: { ...seededRandom(), random: () => 0.5 } },
      2,
      { firstMs: 100, maxMs: 1000 },
      closing.signal,
    ).then(() => ended++);
  const first = pause();
  await clock.tick(199);
  assert.equal(ended, 0);
  await clock.tick(1);
  await first;
  const second = pause();
  closing.abort(new Error('closing'));
  await second;
  await pause();
  assert.deepEqual([ended, clock.pending], [3, 0]);
});
