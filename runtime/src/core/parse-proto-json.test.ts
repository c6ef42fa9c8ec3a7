import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProtoJson } from './parse-proto-json.ts';

const read = (text: string): unknown => parseProtoJson(Buffer.from(text));

test('parseProtoJson: a duplicate name is an error at any depth', () => {
  for (const text of ['{"a":1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]', '{"x":"\\":","a":1, "a" :[]}'])
    assert.throws(() => read(text), /duplicate field "a"/, text);
  const fine = '{"a":{"a":"a\\":"},"b":[{"a":1},{"a":1}]}';
  assert.deepEqual(read(fine), JSON.parse(fine));
});

test('parseProtoJson: invalid UTF-8, a lone surrogate and a number out of range are errors', () => {
  assert.throws(() => parseProtoJson(Buffer.from([0x22, 0xff, 0x22])), /invalid UTF-8/);
  assert.throws(() => read('["\\ud800"]'), /surrogate/);
  assert.throws(() => read('{"a":1e400}'), /out of range/);
  assert.throws(() => read('{"a":1} x'), SyntaxError);
});

test('parseProtoJson: nesting is limited to ten thousand levels', () => {
  assert.doesNotThrow(() => read('['.repeat(10_000) + ']'.repeat(10_000)));
  assert.throws(() => read('['.repeat(10_001) + ']'.repeat(10_001)), /exceeded max recursion depth/);
});
