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

test('circuit breaker: opens at the sixth consecutive failure, and a success resets the count', () => {
  const { breaker, fail, succeed } = fixture();
  fail(5);
  succeed();
  fail(5);
  assert.equal(breaker.state, 'closed');
  fail();
  assert.equal(breaker.state, 'open');
  assert.throws(() => breaker.allow(), /circuit breaker is open/);
});

test('circuit breaker: a success after the open time closes it', async () => {
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

test('circuit breaker: the first failure on trial opens it again', async () => {
  const { clock, breaker, fail } = fixture({ maxRequests: 3 }, threeInARow);
  fail(3);
  await clock.tick(5_000);
  fail();
  assert.equal(breaker.state, 'open');
  await clock.tick(4_999);
  assert.equal(breaker.state, 'open');
});

test('circuit breaker: on trial it passes up to its maximum, and closes when all of them succeed', async () => {
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

test('circuit breaker: requests from before it opened do not count when they end', async () => {
  const { clock, breaker, fail } = fixture({}, threeInARow);
  const late = breaker.allow();
  fail(3);
  await clock.tick(5_000);
  assert.equal(breaker.state, 'half-open');
  late(true);
  assert.equal(breaker.state, 'half-open');
});

test('circuit breaker: counts are reset when the interval ends', async () => {
  const { clock, breaker, fail } = fixture({ intervalMs: 1_000 }, threeInARow);
  fail(2);
  await clock.tick(1_000);
  fail(2);
  assert.equal(breaker.state, 'closed');
  fail();
  assert.equal(breaker.state, 'open');
});

test('circuit breaker: the trip condition sees all counts', () => {
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
