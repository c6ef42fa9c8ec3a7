import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@outrigger/sdk';
import { address, integer, list, object, optional, text, validate } from './validation.ts';

const shape = object({ name: text({ max: 5 }), age: integer(0, 120), tags: optional(list(text(), 2)) });

function errorsOf(value: unknown): unknown {
  try {
    return validate(shape, value);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 400);
    return error.problem['errors'];
  }
}

test('good values come back trimmed and without what was not asked for', () => {
  assert.deepEqual(errorsOf({ name: ' Ann ', age: 3, tags: ['x'], extra: 1 }), { name: 'Ann', age: 3, tags: ['x'] });
});

test('every field at fault is named', () => {
  assert.deepEqual(errorsOf({ name: 'Annabelle', age: 1.5, tags: ['', 'b'] }), [
    { field: 'name', message: 'must not be longer than 5 characters' },
    { field: 'age', message: 'must be a whole number' },
    { field: 'tags[0]', message: 'must not be empty' },
  ]);
  assert.deepEqual(errorsOf({}), [
    { field: 'name', message: 'is missing' },
    { field: 'age', message: 'is missing' },
  ]);
  assert.deepEqual(errorsOf([]), [{ field: '', message: 'must be an object' }]);
});

test('inherited members are not values', () => {
  assert.throws(() => validate(object({ toString: text() }), {}), { status: 400 });
});

test('an address needs a country code', () => {
  const good = { street: 'Quay 1', postcode: '1', city: 'Kiel', country: 'DE' };
  assert.deepEqual(validate(address, good), good);
  assert.throws(() => validate(address, { ...good, country: 'Germany' }), { status: 400 });
});
