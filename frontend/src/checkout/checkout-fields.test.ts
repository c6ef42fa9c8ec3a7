import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressOf,
  cardOf,
  checkFields,
  contactOf,
  dependentsOf,
  emptyFields,
  errorsOf,
  firstInvalid,
} from './checkout-fields.ts';

const now = new Date(2026, 10, 22);
const validFields = {
  name: ' Ada Lovell ',
  email: 'ada@shore.test',
  street: 'Quay 1',
  postcode: '1011 AB',
  city: 'Haven',
  country: 'NL',
  number: '4242 4242 4242 4242',
  expiry: '12/30',
  cvc: '123',
};

test('checkFields: a valid form has no errors, an empty one has an error for each required field', () => {
  deepEqual(checkFields(validFields, now), {});
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

test('firstInvalid: returns the first invalid field in page order', () => {
  equal(firstInvalid(checkFields({ ...validFields, cvc: '', city: ' ' }, now)), 'city');
  equal(firstInvalid({}), undefined);
});

test('errorsOf: maps validation errors of the storefront to form fields', () => {
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
  deepEqual(errorsOf(problem), {
    postcode: 'This does not fit the country. Is one of them wrong?',
    number: 'The card number is unknown.',
  });
});

test('errorsOf: uses the field name of the form in the message', () => {
  const errors = [{ field: 'contact.name', message: 'must be plain text on one line' }];
  const problem = { type: 'x', title: 'x', status: 400, detail: 'x', errors };
  deepEqual(errorsOf(problem), { name: 'The name must be plain text on one line.' });
});

test('checkFields: the postcode is validated by country, and depends on it', () => {
  deepEqual(Object.keys(checkFields({ ...validFields, country: 'DE' }, now)), ['postcode']);
  deepEqual(checkFields({ ...validFields, country: 'DE', postcode: '26723' }, now), {});
  deepEqual(Object.keys(checkFields({ ...validFields, country: 'ZZ', postcode: '-' }, now)), ['postcode', 'country']);
  deepEqual(dependentsOf('country'), ['postcode']);
});

test('checkFields: a country without postcodes accepts an empty one', () => {
  deepEqual(checkFields({ ...validFields, country: 'HK', postcode: ' ' }, now), {});
  deepEqual(checkFields({ ...validFields, country: 'NL', postcode: ' ' }, now), { postcode: 'Enter the postcode.' });
  equal(addressOf({ ...validFields, country: 'HK', postcode: ' ' }).postcode, '');
});

test('contactOf, addressOf, cardOf: trim their values, and contact and address contain no card data', () => {
  equal(contactOf(validFields).name, 'Ada Lovell');
  deepEqual(cardOf(validFields), { number: '4242424242424242', expiry: '12/30', cvc: '123' });
  equal(JSON.stringify([contactOf(validFields), addressOf(validFields)]).includes('4242'), false);
});
