import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from './retry-delay.ts';

test('retryDelayMs: grows to half a minute', () => {
  deepEqual([1, 2, 6, 100].map(retryDelayMs), [1_000, 2_000, 30_000, 30_000]);
});
