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

test('a filled form has nothing wrong, an empty one everything', () => {
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

test('the first wrong field is the first on the page', () => {
  equal(firstInvalid(checkFields({ ...validFields, cvc: '', city: ' ' }, now)), 'city');
  equal(firstInvalid({}), undefined);
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
  deepEqual(errorsOf(problem), {
    postcode: 'This does not fit the country. Is one of them wrong?',
    number: 'The card number is unknown.',
  });
});

test('a message of the storefront names its field as the form does', () => {
  const errors = [{ field: 'contact.name', message: 'must be plain text on one line' }];
  const problem = { type: 'x', title: 'x', status: 400, detail: 'x', errors };
  deepEqual(errorsOf(problem), { name: 'The name must be plain text on one line.' });
});

test('a postcode is checked by its country, and checked again when the country changes', () => {
  deepEqual(Object.keys(checkFields({ ...validFields, country: 'DE' }, now)), ['postcode']);
  deepEqual(checkFields({ ...validFields, country: 'DE', postcode: '26723' }, now), {});
  deepEqual(Object.keys(checkFields({ ...validFields, country: 'ZZ', postcode: '-' }, now)), ['postcode', 'country']);
  deepEqual(dependentsOf('country'), ['postcode']);
});

test('a country without postcodes needs none', () => {
  deepEqual(checkFields({ ...validFields, country: 'HK', postcode: ' ' }, now), {});
  deepEqual(checkFields({ ...validFields, country: 'NL', postcode: ' ' }, now), { postcode: 'Enter the postcode.' });
  equal(addressOf({ ...validFields, country: 'HK', postcode: ' ' }).postcode, '');
});

test('what is sent is trimmed, and contact and address carry no card', () => {
  equal(contactOf(validFields).name, 'Ada Lovell');
  deepEqual(cardOf(validFields), { number: '4242424242424242', expiry: '12/30', cvc: '123' });
  equal(JSON.stringify([contactOf(validFields), addressOf(validFields)]).includes('4242'), false);
});
