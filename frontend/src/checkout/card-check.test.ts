import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { checkCvc, checkExpiry, checkNumber, groupDigits, passesLuhn, formatExpiry } from './card-check.ts';

test('checkNumber: accepts every test card', () => {
  for (const number of Object.values(testCards)) equal(checkNumber(groupDigits(number)), undefined, number);
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

test('checkNumber: an empty, a short and a wrong number have different messages', () => {
  match(checkNumber('') ?? '', /Enter/);
  match(checkNumber('4242 42') ?? '', /short/);
  match(checkNumber('4242 4242 4242 4243') ?? '', /digit is wrong/);
});

test('checkExpiry: a card is valid until the end of its month', () => {
  const now = new Date(2026, 10, 22);
  equal(checkExpiry('11/26', now), undefined);
  match(checkExpiry('10/26', now) ?? '', /expired/);
  match(checkExpiry('13/27', now) ?? '', /month/);
  match(checkExpiry('1/27', now) ?? '', /MM\/YY/);
  deepEqual(['1', '12', '122', '12/29', '12/2999'].map(formatExpiry), ['1', '12', '12/2', '12/29', '12/29']);
});

test('checkCvc: accepts three or four digits', () => {
  deepEqual(
    ['12', '123', '1234', '12a'].map((cvc) => checkCvc(cvc) === undefined),
    [false, true, true, false],
  );
});
