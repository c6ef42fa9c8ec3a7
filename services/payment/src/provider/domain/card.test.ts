import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { CardDetails } from '@tidewater/contracts/storefront.ts';
import { checkCard, passesLuhn } from './card.ts';

const now = Date.UTC(2026, 4, 15);
const typed = { number: '4242 4242 4242 4242', expiry: '12/29', cvc: '123' };
const invalidFields = (details: CardDetails) => checkCard(details, now).errors?.map(({ field }) => field);

test('checkCard: only brand, last digits and behaviour are stored', () => {
  assert.deepEqual(checkCard(typed, now).card, { brand: 'Visa', last4: '4242', behaviour: 'approved' });
  assert.deepEqual(checkCard({ ...typed, number: '5555-5555-5555-4444' }, now).card?.brand, 'Mastercard');
});

test('testCards: each has its behaviour and a valid check digit', () => {
  for (const [behaviour, number] of Object.entries(testCards)) {
    assert.ok(passesLuhn(number), number);
    assert.equal(checkCard({ ...typed, number }, now).card?.behaviour, behaviour);
  }
});

test('checkCard: a number with one wrong or two swapped digits is invalid', () => {
  assert.deepEqual(invalidFields({ ...typed, number: '4242424242424243' }), ['number']);
  assert.deepEqual(invalidFields({ ...typed, number: '2442424242424242' }), ['number']);
  for (const number of ['', '0', '4242', '4'.repeat(20)])
    assert.deepEqual(invalidFields({ ...typed, number }), ['number']);
});

test('checkCard: a card is valid to the end of its month', () => {
  assert.equal(invalidFields({ ...typed, expiry: '05/26' }), undefined);
  assert.deepEqual(invalidFields({ ...typed, expiry: '04/26' }), ['expiry']);
  for (const expiry of ['13/29', '00/29', '5/29', '2029-05', '', '\u0661\u0662/29', '12/29/'])
    assert.deepEqual(invalidFields({ ...typed, expiry }), ['expiry']);
});

test('checkCard: every invalid field is named and no message echoes the input', () => {
  assert.deepEqual(invalidFields({ number: '', expiry: '', cvc: '' }), ['number', 'expiry', 'cvc']);
  const secret = { number: '4242424242424241', expiry: '99/99', cvc: '98765' };
  const messages = JSON.stringify(checkCard(secret, now));
  for (const value of Object.values(secret)) assert.ok(!messages.includes(value), value);
});

test('checkCard: a number is ASCII digits with spaces or single dashes between groups', () => {
  for (const number of ['4242 4242 4242 4242', '4242-4242-4242-4242', '4242  4242 4242 4242', '42424242 4242-4242'])
    assert.equal(invalidFields({ ...typed, number }), undefined, number);
  const wrong = [
    '4242--4242-4242-4242',
    '4242- 4242-4242-4242',
    '-4242424242424242',
    '4242424242424242-',
    '4242.4242.4242.4242',
    '4242\u00a04242\u00a04242\u00a04242',
    '4242\n4242 4242 4242',
    '\uff14\uff12'.repeat(8),
    '\u0664\u0662'.repeat(8),
    '4242424242424242\0',
  ];
  for (const number of wrong) assert.deepEqual(invalidFields({ ...typed, number }), ['number'], number);
});

test('checkCard: a security code is three or four ASCII digits', () => {
  for (const cvc of ['12', '12345', '12a', '\u0661\u0662\u0663', '123\0', ''])
    assert.deepEqual(invalidFields({ ...typed, cvc }), ['cvc'], cvc);
});
