import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reshape } from './go-mapstructure.ts';
import { any, bool, pointer, struct, text, stringMap } from './go-shape.ts';

const shape = struct('p.Item', { key: text, value: any, etag: pointer(text), metadata: stringMap, flag: bool });

test('reshape: names match in any case, the Go field name first, and null is absent', () => {
  assert.deepEqual(reshape(shape, { KEY: 'a', Value: { Inner: 1 }, more: 1 }), { key: 'a', value: { Inner: 1 } });
  assert.deepEqual(reshape(shape, { KEY: 'a', key: 'b', Key: 'exact', kEY: 'c' }), { key: 'exact' });
  assert.deepEqual(reshape(shape, { key: null, etag: null, metadata: { a: null } }), {
    key: undefined,
    etag: undefined,
    metadata: { a: '' },
  });
  assert.equal(reshape(shape, null), undefined);
});

test('reshape: of several names for one member only the winning one is decoded', () => {
  assert.deepEqual(reshape(shape, { KEY: 5, Key: 'exact', key: [] }), { key: 'exact' });
  assert.deepEqual(reshape(shape, { key: 'first', KEY: 5 }), { key: 'first' });
  assert.throws(() => reshape(shape, { KEY: 5, key: 'second' }), /'key' expected type 'string'/);
});

test('reshape: no type is converted', () => {
  assert.throws(() => reshape(shape, { key: 5 }), /'key' expected type 'string', got unconvertible type 'number'/);
  assert.throws(() => reshape(shape, { metadata: [] }), /'metadata' expected type 'map\[string]string'/);
  assert.throws(() => reshape(shape, { metadata: { a: 1 } }), /'metadata\[a]' expected type 'string'/);
  assert.throws(() => reshape(shape, { flag: 'true' }), /'flag' expected type 'bool'/);
  assert.throws(() => reshape(shape, 'text'), /got unconvertible type 'string'/);
});

test('reshape: a number outside float64 is an error, even in an ignored member', () => {
  const tooLarge = /cannot unmarshal number into Go value of type float64/;
  for (const json of [
    '{"key":"a","more":1e400}',
    '{"key":"a","more":{"x":[1e400]}}',
    '{"metadata":{},"METADATA":{"a":1e400}}',
  ])
    assert.throws(() => reshape(shape, JSON.parse(json)), tooLarge, json);
});
