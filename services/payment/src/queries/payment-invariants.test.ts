import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { paymentInvariants } from './payment-invariants.ts';
import type { PaymentRecord } from './payment-invariants.ts';

const ours = (state: PaymentRecord['state'], goal: PaymentRecord['goal'] = 'charge'): PaymentRecord => ({
  order_id: 'o',
  state,
  goal,
  amount: 500,
});
const theirs = (status: Authorization['status'], captured = 0, refunded = 0): Authorization => ({
  id: 'a',
  reference: 'o',
  status,
  amount: eur(500),
  captured: eur(captured),
  refunded: eur(refunded),
});
const problemsOf = (records: readonly PaymentRecord[], authorizations: readonly Authorization[]) =>
  paymentInvariants(records, authorizations).problems;

test('paymentInvariants: payments that agree with the ledger are no violation', () => {
  assert.deepEqual(problemsOf([ours('captured')], [theirs('captured', 500)]), []);
  assert.deepEqual(problemsOf([ours('refunded', 'unwind')], [theirs('refunded', 500, 500)]), []);
  assert.deepEqual(problemsOf([ours('voided', 'unwind')], [theirs('voided')]), []);
  assert.deepEqual(problemsOf([ours('voided', 'unwind'), ours('declined')], []), []);
});

test('paymentInvariants: an unfinished payment is skipped', () => {
  assert.deepEqual(problemsOf([ours('requested')], [theirs('authorized')]), []);
  assert.deepEqual(problemsOf([ours('authorized')], [theirs('captured', 500)]), []);
  assert.deepEqual(problemsOf([ours('captured', 'unwind')], [theirs('refunded', 500, 500)]), []);
});

test('paymentInvariants: money that is charged twice, missing, not refunded, still authorized or unknown is a violation', () => {
  assert.match(
    problemsOf([ours('captured')], [theirs('captured', 500), theirs('captured', 500)])[0] ?? '',
    /charged 2 times/,
  );
  assert.match(problemsOf([ours('captured')], [theirs('authorized')])[0] ?? '', /0 cents were captured/);
  assert.match(problemsOf([ours('refunded', 'unwind')], [theirs('captured', 500)])[0] ?? '', /0 cents were refunded/);
  assert.match(problemsOf([ours('voided', 'unwind')], [theirs('authorized')])[0] ?? '', /still open/);
  assert.match(problemsOf([], [theirs('captured', 500)])[0] ?? '', /without a request/);
});
