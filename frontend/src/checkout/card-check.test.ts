import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import {
  cvcProblem,
  cardExpiryProblem,
  cardNumberProblem,
  groupDigits,
  passesLuhn,
  formatExpiry,
} from './card-check.ts';

test('cardNumberProblem: accepts every test card', () => {
  for (const number of Object.values(testCards)) equal(cardNumberProblem(groupDigits(number)), undefined, number);
});

test('passesLuhn: detects one wrong digit and two transposed digits', () => {
  equal(passesLuhn('4242424242424241'), false);
  equal(passesLuhn('2442424242424242'), false);
  equal(passesLuhn(''), false);
});

test('groupDigits: groups by four and drops other characters', () => {
  deepEqual(['4', '42424', '4242-4242 42', '4242424242424242'].map(groupDigits), [
    '4',
    '4242 4',
    '4242 4242 42',
    '4242 4242 4242 4242',
  ]);
});

test('cardNumberProblem: an empty, a short and a wrong number have different messages', () => {
  match(cardNumberProblem('') ?? '', /Enter/);
  match(cardNumberProblem('4242 42') ?? '', /short/);
  match(cardNumberProblem('4242 4242 4242 4243') ?? '', /digit is wrong/);
});

test('cardExpiryProblem: a card is valid until the end of its month', () => {
  const now = new Date(2026, 10, 22);
  equal(cardExpiryProblem('11/26', now), undefined);
  match(cardExpiryProblem('10/26', now) ?? '', /expired/);
  match(cardExpiryProblem('13/27', now) ?? '', /month/);
  match(cardExpiryProblem('1/27', now) ?? '', /MM\/YY/);
  deepEqual(['1', '12', '122', '12/29', '12/2999'].map(formatExpiry), ['1', '12', '12/2', '12/29', '12/29']);
});

test('cvcProblem: accepts three or four digits', () => {
  deepEqual(
    ['12', '123', '1234', '12a'].map((cvc) => cvcProblem(cvc) === undefined),
    [false, true, true, false],
  );
});
