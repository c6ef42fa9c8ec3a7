import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryResultOf, isAcknowledged } from './delivery-outcome.ts';

test('deliveryResultOf: names and numbers of a status have the same outcome', () => {
  for (const [name, number] of [
    ['SUCCESS', 0],
    ['RETRY', 1],
    ['DROP', 2],
  ] as const)
    assert.deepEqual(deliveryResultOf(name), deliveryResultOf(number));
  assert.deepEqual(deliveryResultOf(''), { outcome: 'success' });
});

test('deliveryResultOf: an unknown status is a retry that names it', () => {
  assert.deepEqual(deliveryResultOf('constructor'), {
    outcome: 'retry',
    reason: 'the app returned the unknown status "constructor"',
  });
  assert.deepEqual(deliveryResultOf(9), { outcome: 'retry', reason: 'the app returned the unknown status "9"' });
});

test('isAcknowledged: every outcome but retry', () => {
  assert.deepEqual((['success', 'drop', 'retry'] as const).map(isAcknowledged), [true, true, false]);
});
