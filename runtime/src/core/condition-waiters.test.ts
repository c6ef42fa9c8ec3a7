import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConditionWaiters } from './condition-waiters.ts';
import { fakeClock } from './fake-clock.ts';

const late = (): Error => new Error('late');

test('ConditionWaiters: resolves at once when the condition holds, even at its deadline', async () => {
  const clock = fakeClock();
  await new ConditionWaiters(clock).until(() => true, clock.monotonic(), late);
  assert.equal(clock.pending, 0);
});

test('ConditionWaiters: resolves at the recheck that finds the condition true', async () => {
  const clock = fakeClock();
  const waiters = new ConditionWaiters(clock);
  let isUp = false;
  let isOver = false;
  const waiting = waiters.until(() => isUp, clock.monotonic() + 100, late).then(() => (isOver = true));
  waiters.recheck();
  await clock.tick(50);
  assert.equal(isOver, false);
  isUp = true;
  waiters.recheck();
  await waiting;
  assert.equal(clock.pending, 0);
});

test('ConditionWaiters: rejects at the deadline', async () => {
  const clock = fakeClock();
  const waiters = new ConditionWaiters(clock);
  const rejected = assert.rejects(
    waiters.until(() => false, clock.monotonic() + 100, late),
    /late/,
  );
  await clock.tick(100);
  await rejected;
});

test('ConditionWaiters: rejectAll ends every wait', async () => {
  const clock = fakeClock();
  const waiters = new ConditionWaiters(clock);
  const waits = [1, 2].map(() => waiters.until(() => false, clock.monotonic() + 100, late));
  waiters.rejectAll(new Error('closed'));
  for (const wait of waits) await assert.rejects(wait, /closed/);
  assert.equal(clock.pending, 0);
});
