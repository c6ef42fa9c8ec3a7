import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { ProblemError } from '@outrigger/sdk';
import { address, checkoutRequest, contact, eventSchemas, object } from '@tidewater/contracts/schemas.ts';
import { email, id, text } from '@tidewater/contracts/text-schemas.ts';
import { check, isValid, parse } from './schema.ts';

const shape = object({
  name: text(5),
  age: Type.Integer({ minimum: 0, maximum: 120 }),
  tags: Type.Optional(Type.Array(text(9), { maxItems: 2 })),
});

function errorsOf(value: unknown): unknown {
  try {
    return parse(shape, value);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 400);
    return error.problem['errors'];
  }
}

test('parse: returns valid values trimmed, in NFC and without unknown members', () => {
  assert.deepEqual(errorsOf({ name: ' Ann ', age: 3, tags: ['x'], extra: 1 }), { name: 'Ann', age: 3, tags: ['x'] });
  assert.deepEqual(errorsOf({ name: 'u\u0308', age: 3 }), { name: 'ü', age: 3 });
});

test('parse: the problem names every invalid field', () => {
  assert.deepEqual(errorsOf({ name: 'Annabelle', age: 1.5, tags: ['', 'b'] }), [
    { field: 'name', message: 'must not be longer than 5 characters' },
    { field: 'age', message: 'must be a whole number' },
    { field: 'tags[0]', message: 'must not be empty' },
    { field: 'tags[0]', message: 'must be plain text on one line, with at least one letter or digit' },
  ]);
  assert.deepEqual(errorsOf({}), [
    { field: 'name', message: 'is missing' },
    { field: 'age', message: 'is missing' },
  ]);
  assert.deepEqual(errorsOf([]), [{ field: '', message: 'must be an object' }]);
  assert.deepEqual(errorsOf({ name: 'a', age: '3' }), [{ field: 'age', message: 'must be a whole number' }]);
});

test('parse: lengths count code points', () => {
  assert.ok(isValid(text(5), 'a👍👍👍b'));
  assert.ok(!isValid(text(5), 'a👍👍👍bc'));
});

test('parse: messages name the limits of the schema, and no others', () => {
  const limits = object({
    atLeast: Type.Integer({ minimum: 0 }),
    atMost: Type.Integer({ maximum: 9 }),
    sort: Type.String({ enum: ['', 'name', 'price'] }),
    one: Type.Array(Type.String(), { minItems: 1 }),
    few: Type.Array(Type.String(), { maxItems: 2 }),
  });
  const value = { atLeast: -1, atMost: 10, sort: 'size', one: [], few: ['a', 'b', 'c'] };
  assert.deepEqual(check(limits, value).errors, [
    { field: 'atLeast', message: 'must be 0 or more' },
    { field: 'atMost', message: 'must be 9 or less' },
    { field: 'sort', message: 'must be one of name, price' },
    { field: 'one', message: 'needs at least 1 entry' },
    { field: 'few', message: 'must not have more than 2 entries' },
  ]);
});

test('check: a repeated parameter has its own message', () => {
  const query = object({ page: Type.Optional(Type.String()), size: Type.Optional(Type.Integer()) });
  assert.deepEqual(check(query, { page: ['1', '2'], size: ['1', '2'] }, { coerce: true }).errors, [
    { field: 'page', message: 'must be there once only' },
    { field: 'size', message: 'must be there once only' },
  ]);
  assert.deepEqual(check(query, { page: ['1', '2'] }).errors, [{ field: 'page', message: 'must be text' }]);
});

test('parse: inherited members and __proto__ are not values', () => {
  assert.throws(() => parse(object({ toString: text(5) }), {}), { status: 400 });
  const value = parse(object({}), JSON.parse('{"__proto__":{"polluted":1}}')) as Record<string, unknown>;
  assert.equal(value['polluted'], undefined);
});

test('parse: values nested too deeply are an error, not a stack overflow', () => {
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;
  assert.throws(() => parse(shape, deep), { status: 400 });
});

test('text: control characters, lone surrogates, line separators and bidirectional overrides are rejected', () => {
  for (const bad of [
    '\0',
    '\ud800',
    '\udfff',
    '\u0085',
    '\u007f',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\u{e0041}',
    '\u3164',
    '\n',
    '\t',
    '\u001b[31m',
  ]) {
    assert.ok(!isValid(text(50), `a${bad}b`), JSON.stringify(bad));
  }
  for (const bad of ['', '   ', '-', '\u200b', '🙂', '…']) assert.ok(!isValid(text(50), bad), JSON.stringify(bad));
  for (const good of ['Zoë', "O'Brien", '李', 'محمد', '<b>x</b>', 'a; drop table', '👩‍👩‍👧 Ann'])
    assert.ok(isValid(text(50), good), good);
});

test('id: only 1 to 64 letters, digits, _ and -', () => {
  for (const bad of ['', '.', '..', 'a/b', 'a%2fb', 'ü', 'a b', 'a\nb', 'x'.repeat(65)])
    assert.ok(!isValid(id, bad), bad);
  for (const good of ['a', 'TW-7KQ2M9XA', 'guest-0_9', 'x'.repeat(64)]) assert.ok(isValid(id, good), good);
});

test('email: accepts what mail servers accept', () => {
  for (const bad of [
    'a@b..de',
    'a@b',
    '@b.de',
    'a@',
    'a b@c.de',
    '.a@b.de',
    'a..b@c.de',
    'a.@b.de',
    'a@-b.de',
    'a@b-.de',
    'a@b.d',
    `${'x'.repeat(65)}@b.de`,
    'a@b.de\0',
    'a@b.12',
  ]) {
    assert.ok(!isValid(email, bad), bad);
  }
  for (const good of ['ada@example.org', 'a.b+c@sub.example.co.uk', "o'brien@example.ie", 'a@xn--bcher-kva.example']) {
    assert.ok(isValid(email, good), good);
  }
});

test('address: country and postcode are validated together', () => {
  const good = { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' };
  assert.deepEqual(parse(address, good), good);
  // Names of Object.prototype's members are no countries either.
  for (const country of ['Germany', 'ZZ', 'XX', 'de', '', '__proto__', 'constructor', 'toString'])
    assert.ok(!isValid(address, { ...good, country }), country);
  for (const postcode of ['-', '1', '2410', '241033', 'ABCDE'])
    assert.ok(!isValid(address, { ...good, postcode }), postcode);
  assert.ok(isValid(address, { ...good, country: 'NL', postcode: '1011 AB' }));
  assert.ok(isValid(address, { ...good, country: 'GB', postcode: 'SW1A 1AA' }));
  assert.ok(isValid(address, { ...good, country: 'JP', postcode: '100-0001' }));
  assert.throws(
    () => parse(address, { ...good, postcode: '-' }),
    (error: ProblemError) => (error.problem['errors'] as { field: string }[]).some(({ field }) => field === 'postcode'),
  );
});

test('address: a postcode is required except in countries without postcodes', () => {
  const street = { street: '1 Nathan Road', postcode: '', city: 'Kowloon' };
  for (const country of ['HK', 'AE', 'QA', 'PA', 'MO', 'BS'])
    assert.ok(isValid(address, { ...street, country }), country);
  for (const country of ['DE', 'NL', 'GB', 'SG', 'BR', 'ZZ', ''])
    assert.ok(!isValid(address, { ...street, country }), country);
  assert.ok(isValid(address, { ...street, country: 'HK', postcode: '999077' }), 'what forms elsewhere require');
  assert.ok(!isValid(address, { ...street, country: 'HK', postcode: '-' }));
});

test('checkout: a card number, a brand or an over-long name from a browser is rejected', () => {
  const request = {
    contact: { name: 'Ann', email: 'ann@example.test' },
    address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
    payment: { token: 'tok_1', brand: '4242 4242 4242 4242', last4: '9999' },
    expectedTotal: { amount: 100, currency: 'EUR' },
    cartVersion: 1,
  };
  assert.deepEqual(parse(checkoutRequest, request).payment, { token: 'tok_1' });
  for (const token of ['4242424242424242', '4242-4242-4242-4242', 'tok_', 'tok_a-b', '']) {
    assert.ok(!isValid(checkoutRequest, { ...request, payment: { token } }), token);
  }
  assert.ok(!isValid(contact, { name: 'x'.repeat(121), email: 'a@b.de' }));
});

test('eventSchemas: every schema compiles and rejects data of another shape', () => {
  for (const [type, schema] of Object.entries(eventSchemas)) {
    for (const value of [undefined, null, 1, 'x', [], {}]) assert.ok(!isValid(schema, value), type);
  }
});

test('check: an infinite number in a query is invalid', () => {
  const query = object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) });
  assert.deepEqual(check(query, { limit: '5' }, { coerce: true }), { value: { limit: 5 } });
  for (const limit of ['Infinity', '-Infinity', '1e999', '-1e999', '201', '', 'NaN'])
    assert.equal(check(query, { limit }, { coerce: true }).errors?.[0]?.field, 'limit', limit);
});
