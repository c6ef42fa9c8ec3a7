import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactJson } from './compact-json.ts';

test('spaces between the parts go, those within texts stay, and numbers keep their digits', () => {
  assert.equal(
    compactJson(' {"a b": [1, 2.50,\n 12345678901234567890], "s": "x  \\" y"} '),
    '{"a b":[1,2.50,12345678901234567890],"s":"x  \\" y"}',
  );
});

test('what HTML might misread is escaped', () => {
  assert.equal(compactJson('{"a": "<b>&"}'), String.raw`{"a":"\u003cb\u003e\u0026"}`);
});

test('what is no JSON is told from JSON', () => {
  assert.equal(compactJson('map[a:1]'), undefined);
  assert.equal(compactJson(''), undefined);
  assert.equal(compactJson('"<'), undefined);
});
