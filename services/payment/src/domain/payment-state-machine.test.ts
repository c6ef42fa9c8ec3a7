import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { outcomeEvent, nextStep } from './payment-state-machine.ts';
import type { PaymentState } from './payment-state-machine.ts';

const states: readonly PaymentState[] = ['requested', 'authorized', 'declined', 'captured', 'voided', 'refunded'];

test('nextStep: a charge is authorized, then captured, then done', () => {
  const steps = states.map((state) => nextStep({ state, goal: 'charge' }));
  assert.deepEqual(steps, ['authorize', 'capture', undefined, undefined, undefined, undefined]);
});

test('nextStep: an unwound payment ends voided or refunded', () => {
  const steps = states.map((state) => nextStep({ state, goal: 'unwind' }));
  assert.deepEqual(steps, ['authorize', 'void', undefined, 'refund', undefined, undefined]);
});

test('outcomeEvent: exists only when the payment has reached its goal', () => {
  const outcomes = (goal: 'charge' | 'unwind') =>
    states.map((state) => outcomeEvent({ orderId: 'o', amount: eur(1), state, goal })?.type);
  assert.deepEqual(outcomes('charge'), [
    undefined,
    undefined,
    'payment.declined',
    'payment.captured',
    'payment.voided',
    'payment.refunded',
  ]);
  assert.deepEqual(outcomes('unwind'), [
    undefined,
    undefined,
    'payment.voided',
    undefined,
    'payment.voided',
    'payment.refunded',
  ]);
});
