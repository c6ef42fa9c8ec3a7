import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidPathError, pathOf } from './path.ts';

test('pathOf: each part is one segment', () => {
  assert.equal(
    pathOf(['carts', 'a b', 'lines', 'ü?#&=+;,:@%']),
    '/carts/a%20b/lines/%C3%BC%3F%23%26%3D%2B%3B%2C%3A%40%25',
  );
  assert.equal(pathOf(['orders', 7]), '/orders/7');
  assert.equal(pathOf([]), '/');
});

test('pathOf: the query leaves out what is undefined and repeats lists', () => {
  assert.equal(pathOf(['p'], { a: undefined, b: 1, c: true, d: ['x', 'y&z'] }), '/p?b=1&c=true&d=x&d=y%26z');
});

const separators = [
  '/',
  '\\',
  '%2f',
  '%2F',
  '%5c',
  '%252f',
  '%25252F',
  '%2%66',
  '\0',
  '%00',
  '\r\n',
  '%0a',
  '\ud800',
  '%c0%2f',
  '%ff%5c',
];
const dots = ['', '.', '..', '%2e', '%2e%2e', '.%2e', '%252e.', '%25252e%25252e'];

test('pathOf: separators, dots and control characters are errors, however they are encoded', () => {
  for (const separator of separators) {
    for (const part of [separator, `a${separator}`, `${separator}b`, `..${separator}..${separator}invariants`]) {
      assert.throws(() => pathOf(['products', part]), InvalidPathError, JSON.stringify(part));
    }
  }
  for (const part of dots) assert.throws(() => pathOf(['products', part]), InvalidPathError, JSON.stringify(part));
});

test('pathOf: text that only resembles an escape is unchanged', () => {
  for (const part of ['100%', '%', '%zz', 'a.b', '...', '..a', '%e2%82%ac']) {
    assert.equal(decodeURIComponent(pathOf([part]).slice(1)), part);
  }
});

test('InvalidPathError: is a 400 problem', () => {
  const error = new InvalidPathError();
  assert.deepEqual([error.status, error.problem.type], [400, 'invalid-path']);
});
