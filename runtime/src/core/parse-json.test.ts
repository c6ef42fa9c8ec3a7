import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from './parse-json.ts';

type Pair = readonly [open: string, close: string];
const nested = (levels: number, [open, close]: Pair = ['[', ']']): string =>
  open.repeat(levels) + '1' + close.repeat(levels);

test('a thousand levels are read and one more is refused', () => {
  for (const pair of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    assert.equal(JSON.stringify(parseJson(nested(1000, pair))), nested(1000, pair));
    assert.throws(() => parseJson(nested(1001, pair)), /deeper than 1000 levels/);
  }
});

test('neighbours do not add up, and brackets in strings count for nothing', () => {
  const wide = `[${Array.from({ length: 3000 }, () => '{"a":[]}').join(',')}]`;
  assert.equal((parseJson(wide) as unknown[]).length, 3000);
  for (const text of [
    '['.repeat(5000),
    `\\"${'{'.repeat(5000)}`,
    `${'['.repeat(5000)}\\\\`,
    `\\\\\\"${'['.repeat(5000)}`,
  ])
    assert.doesNotThrow(() => parseJson(`["${text}",1]`), text.slice(0, 10));
  assert.throws(() => parseJson(`["\\\\",${nested(2000)}]`), /deeper than/);
});

test('what is no JSON is said to be none, however it ends', () => {
  assert.throws(() => parseJson(`["${'x'.repeat(3000)}`), SyntaxError);
  assert.throws(() => parseJson(']'.repeat(5000)), SyntaxError);
});
