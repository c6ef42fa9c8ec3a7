import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import type { BreakerRule } from '#core/resiliency-resource.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { TripCondition } from './circuit-breaker.ts';

const threeInARow: TripCondition = ({ consecutiveFailures }) => consecutiveFailures >= 3;

function fixture(rule: Partial<BreakerRule> = {}, trip?: TripCondition) {
  const clock = fakeClock();
  const breaker = new CircuitBreaker({ maxRequests: 1, intervalMs: 0, openMs: 5_000, ...rule }, clock, trip);
  const times = (count: number, succeeded: boolean): void => {
    for (let i = 0; i < count; i++) breaker.allow()(succeeded);
  };
  return { clock, breaker, fail: (count = 1) => times(count, false), succeed: (count = 1) => times(count, true) };
}

test('it opens at the sixth failure in a row, and a success begins the count anew', () => {
  const { breaker, fail, succeed } = fixture();
  fail(5);
  succeed();
  fail(5);
  assert.equal(breaker.state, 'closed');
  fail();
  assert.equal(breaker.state, 'open');
  assert.throws(() => breaker.allow(), /circuit breaker is open/);
});

test('when the open time is over a success closes it', async () => {
  const { clock, breaker, fail, succeed } = fixture({}, threeInARow);
  fail(3);
  await clock.tick(4_999);
  assert.equal(breaker.state, 'open');
  await clock.tick(1);
  assert.equal(breaker.state, 'half-open');
  succeed();
  assert.equal(breaker.state, 'closed');
  fail(2);
  assert.equal(breaker.state, 'closed');
});

test('the first failure on trial opens it for another full time', async () => {
  const { clock, breaker, fail } = fixture({ maxRequests: 3 }, threeInARow);
  fail(3);
  await clock.tick(5_000);
  fail();
  assert.equal(breaker.state, 'open');
  await clock.tick(4_999);
  assert.equal(breaker.state, 'open');
});

test('on trial it lets through as many as it may, and closes when all of them succeed', async () => {
  const { clock, breaker, fail } = fixture({ maxRequests: 2 }, threeInARow);
  fail(3);
  await clock.tick(5_000);
  const first = breaker.allow();
  const second = breaker.allow();
  assert.throws(() => breaker.allow(), /too many requests/);
  first(true);
  assert.equal(breaker.state, 'half-open');
  second(true);
  assert.equal(breaker.state, 'closed');
});

test('what began before it opened does not count when it ends', async () => {
  const { clock, breaker, fail } = fixture({}, threeInARow);
  const late = breaker.allow();
  fail(3);
  await clock.tick(5_000);
  assert.equal(breaker.state, 'half-open');
  late(true);
  assert.equal(breaker.state, 'half-open');
});

test('counts are forgotten when the interval ends', async () => {
  const { clock, breaker, fail } = fixture({ intervalMs: 1_000 }, threeInARow);
  fail(2);
  await clock.tick(1_000);
  fail(2);
  assert.equal(breaker.state, 'closed');
  fail();
  assert.equal(breaker.state, 'open');
});

test('the test sees all counts', () => {
  const seen: unknown[] = [];
  const { fail, succeed } = fixture({}, (counts) => (seen.push(counts), false));
  succeed(2);
  fail(2);
  assert.deepEqual(seen.at(-1), {
    requests: 4,
    totalSuccesses: 2,
    totalFailures: 2,
    consecutiveSuccesses: 0,
    consecutiveFailures: 2,
  });
});
