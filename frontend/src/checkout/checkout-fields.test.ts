import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, cardOf, checkFields, contactOf, emptyFields, errorsOf, firstWrong } from './checkout-fields.ts';

const now = new Date(2026, 10, 22);
const good = {
  name: ' Ada Lovell ',
  email: 'ada@shore.test',
  street: 'Quay 1',
  postcode: '1000',
  city: 'Haven',
  country: 'NL',
  number: '4242 4242 4242 4242',
  expiry: '12/30',
  cvc: '123',
};

test('a filled form has nothing wrong, an empty one everything', () => {
  deepEqual(checkFields(good, now), {});
  deepEqual(Object.keys(checkFields(emptyFields, now)), [
    'name',
    'email',
    'street',
    'postcode',
    'city',
    'number',
    'expiry',
    'cvc',
  ]);
});

test('the first wrong field is the first on the page', () => {
  equal(firstWrong(checkFields({ ...good, cvc: '', city: ' ' }, now)), 'city');
  equal(firstWrong({}), undefined);
});

test('what the storefront finds wrong is shown at the field', () => {
  const problem = {
    type: 'x',
    title: 'x',
    status: 400,
    detail: 'x',
    errors: [
      { field: 'address.postcode', message: 'is missing' },
      { field: 'expectedTotal', message: 'is old' },
      { field: '/payment/token', message: 'is unknown.' },
    ],
  };
  deepEqual(errorsOf(problem), { postcode: 'Is missing.', number: 'Is unknown.' });
});

test('what is sent is trimmed, and contact and address carry no card', () => {
  equal(contactOf(good).name, 'Ada Lovell');
  deepEqual(cardOf(good), { number: '4242424242424242', expiry: '12/30', cvc: '123' });
  equal(JSON.stringify([contactOf(good), addressOf(good)]).includes('4242'), false);
});
