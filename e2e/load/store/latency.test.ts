import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyOf } from './latency.ts';

test('latencyOf: percentiles of unsorted durations', () => {
  const times = Array.from({ length: 100 }, (_, n) => 100 - n);
  assert.deepEqual(latencyOf(times), { p50: 51, p95: 96, p99: 100, count: 100 });
});

test('latencyOf: one duration is every percentile, none is NaN', () => {
  assert.deepEqual(latencyOf([7]), { p50: 7, p95: 7, p99: 7, count: 1 });
  assert.ok(Number.isNaN(latencyOf([]).p50));
});
