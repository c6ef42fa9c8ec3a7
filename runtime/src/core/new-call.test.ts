import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { newCalls } from './new-call.ts';

const { signal } = new AbortController();

test('newCalls: each call has a new trace and the given signal', () => {
  const newCall = newCalls(seededRandom(), 1);
  const [first, second] = [newCall(signal), newCall(signal)];
  assert.notEqual(first.trace.traceId, second.trace.traceId);
  assert.equal(first.signal, signal);
});

test('newCalls: traces are sampled at the configured rate', () => {
  const sampledOf100 = (rate: number): number => {
    const newCall = newCalls(seededRandom(3), rate);
    return Array.from({ length: 100 }, () => newCall(signal)).filter(({ trace }) => trace.sampled).length;
  };
  assert.equal(sampledOf100(0), 0);
  assert.equal(sampledOf100(1), 100);
  const half = sampledOf100(0.5);
  assert.ok(half > 30 && half < 70, `${half} of 100`);
});
