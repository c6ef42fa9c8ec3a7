import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BSON, Long, ObjectId } from 'mongodb';
import { bsonValue, storedValue } from './stored-value.ts';

/** Through the bytes of a document and back, as a server would store them. */
function roundTrip(text: string | Uint8Array, isJson = true): Uint8Array {
  const value = bsonValue({ value: Buffer.from(text), isJson });
  return storedValue({ _id: 'k', ...BSON.deserialize(BSON.serialize({ value })) }).data;
}

test('mongodb values: JSON is returned in the reference’s encoding, with sorted keys', () => {
  for (const [written, read] of [
    ['{"b":1,"a":[true,null,{"c":"<x>"}]}', '{"a":[true,null,{"c":"\\u003cx\\u003e"}],"b":1}'],
    ['"text"', '"text"'],
    ['""', '""'],
    ['12', '12'],
    ['-0.5', '-0.5'],
    ['1e21', '1e+21'],
    ['null', 'null'],
    ['[]', '[]'],
    ['{}', '{}'],
  ] as const)
    assert.equal(String(Buffer.from(roundTrip(written))), read, written);
});

test('mongodb values: keys with a special meaning to the driver or the server are preserved', () => {
  for (const json of [
    '{"_bsontype":"ObjectId","id":"x"}',
    '{"$id":"1","$ref":"#/a"}',
    '{"$db":"d","$id":"1","$ref":"#/a"}',
    '{"__proto__":{"a":1},"toBSON":2}',
    '{"$set":{"a.b":1},"10":1,"2":"$x"}',
  ])
    assert.deepEqual(JSON.parse(String(Buffer.from(roundTrip(json)))), JSON.parse(json));
});

test('mongodb values: bytes are returned unchanged, text as a string', () => {
  assert.equal(bsonValue({ value: Buffer.from('plain ü €') }), 'plain ü €');
  for (const bytes of [
    Buffer.from('{"b":1, "a":2}'),
    Buffer.from([0, 255, 128]),
    Buffer.from('\ufeffx'),
    Buffer.alloc(0),
  ])
    assert.deepEqual(Buffer.from(roundTrip(bytes, false)), bytes);
});

test('mongodb values: numbers are doubles, and large integers of other programs have all their digits', () => {
  const bytes = BSON.serialize({ value: bsonValue({ value: Buffer.from('[7]'), isJson: true }) });
  assert.deepEqual(BSON.deserialize(bytes, { promoteValues: false })['value'], [new BSON.Double(7)]);
  const foreign = { _id: 'k', value: { n: Long.fromString('9007199254740993') } };
  assert.equal(String(Buffer.from(storedValue(foreign).data)), '{"n":9007199254740993}');
});

test('mongodb values: BSON types without a JSON equivalent are encoded like upstream', () => {
  const value = { at: new Date('2026-01-02T03:04:05.500Z'), id: new ObjectId('0123456789abcdef01234567') };
  assert.equal(
    String(Buffer.from(storedValue({ _id: 'k', value }).data)),
    '{"at":"2026-01-02T03:04:05.5Z","id":"0123456789abcdef01234567"}',
  );
});
