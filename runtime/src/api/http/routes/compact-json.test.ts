import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactJson } from './compact-json.ts';

test('compactJson: whitespace between tokens is removed, strings and numbers are unchanged', () => {
  assert.equal(
    compactJson(' {"a b": [1, 2.50,\n 12345678901234567890], "s": "x  \\" y"} '),
    '{"a b":[1,2.50,12345678901234567890],"s":"x  \\" y"}',
  );
});

test('compactJson: HTML characters are escaped', () => {
  assert.equal(compactJson('{"a": "<b>&"}'), String.raw`{"a":"\u003cb\u003e\u0026"}`);
});

test('compactJson: invalid JSON is undefined', () => {
  assert.equal(compactJson('map[a:1]'), undefined);
  assert.equal(compactJson(''), undefined);
  assert.equal(compactJson('"<'), undefined);
});
