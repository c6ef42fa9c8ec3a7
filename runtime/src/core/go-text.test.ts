import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goText } from './go-text.ts';

test("goText: output equals Go's %v", () => {
  const value = { b: 1.5, a: [true, null, 'x<y'], big: 1e21, s: { z: 1 } };
  assert.equal(goText(value), 'map[a:[true <nil> x<y] b:1.5 big:1e+21 s:map[z:1]]');
  assert.equal(goText('hello "q"'), 'hello "q"');
  assert.equal(goText(null), '<nil>');
  assert.equal(goText({}), 'map[]');
});

test('goText: numbers have an exponent where Go writes one', () => {
  const printed: readonly [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [123456, '123456'],
    [12345678, '1.2345678e+07'],
    [1e6, '1e+06'],
    [0.0001, '0.0001'],
    [-0.00001, '-1e-05'],
    [1e-7, '1e-07'],
    [123456789012345680000, '1.2345678901234568e+20'],
    [1e100, '1e+100'],
  ];
  for (const [number, text] of printed) assert.equal(goText(number), text);
});

test('goText: too deep nesting is an error', () => {
  let value: unknown = 1;
  for (let at = 0; at < 2000; at++) value = [value];
  assert.throws(() => goText(value), RangeError);
});
