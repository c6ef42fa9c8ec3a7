import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectionRateMonitor } from './young-generation.ts';

const every = (ms: number, count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n * ms);

test('collectionRateMonitor: sixteen collections within a second are a high rate', () => {
  assert.equal(collectionRateMonitor()(every(50, 16)), true);
  assert.equal(collectionRateMonitor()(every(100, 40)), false);
  const isHurried = collectionRateMonitor();
  assert.deepEqual(
    every(50, 17).map((time) => isHurried([time])),
    [...Array.from({ length: 15 }, () => false), true, true],
  );
});

test('collectionRateMonitor: the rate drops when collections become rare', () => {
  const isHurried = collectionRateMonitor();
  assert.equal(isHurried(every(10, 30)), true);
  assert.equal(isHurried([5000]), false);
  assert.equal(isHurried([]), false);
});
