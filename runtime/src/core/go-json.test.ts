import assert from 'node:assert/strict';
import test from 'node:test';
import { goJson } from './go-json.ts';

const reencode = (json: string): string => goJson(JSON.parse(json));

test("goJson: output equals Go's encoding/json", () => {
  // Input and output of the reference sidecar.
  assert.equal(
    reencode('{"z":1,"a":"<b>&","n":12345678901234567890,"f":1.50,"e":1e21,"g":1e-7,"u":"\\u2028é"}'),
    '{"a":"\\u003cb\\u003e\\u0026","e":1e+21,"f":1.5,"g":1e-7,"n":12345678901234567000,"u":"\\u2028é","z":1}',
  );
  assert.equal(reencode('"\\b\\f\\u0001\\u007f \\/"'), '"\\b\\f\\u0001\u007f /"');
  assert.equal(reencode(' [ -0, 0, null, true , {} , [] ] '), '[-0,0,null,true,{},[]]');
});

test('goJson: numeric keys are sorted as text', () => {
  assert.equal(reencode('{"9":2,"10":1,"a":2,"B":1}'), '{"10":1,"9":2,"B":1,"a":2}');
});

test('goJson: keys are sorted by code point', () => {
  assert.equal(reencode('{"\u{1f600}":1,"\uffee":2}'), '{"\uffee":2,"\u{1f600}":1}');
});

test('goJson: a lone surrogate becomes the replacement character', () => {
  assert.equal(reencode('"\\ud800x"'), '"\ufffdx"');
});

test('goJson: __proto__ is an ordinary key', () => {
  assert.equal(reencode('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}');
});

test('goJson: values of any depth are written and sorted', () => {
  const levels = 20_000;
  const deep = '{"b":1,"a":['.repeat(levels) + '{}' + ']}'.repeat(levels);
  assert.equal(reencode(deep), '{"a":['.repeat(levels) + '{}' + '],"b":1}'.repeat(levels));
});

test('goJson: a long list at great depth is written', () => {
  const list = `[${'1,'.repeat(300_000)}1]`;
  assert.equal(reencode('['.repeat(600) + list + ']'.repeat(600)).length, list.length + 1200);
});

test('goJson: a number outside float64 is an error', () => {
  assert.throws(() => reencode('{"a":[1e400]}'), RangeError);
  assert.equal(reencode('1e-400'), '0');
});
