import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Mark } from './mark.ts';
import { perceivedHue, vividness } from './perceived-hue.ts';
import { drawPicture, silhouettes } from './silhouettes.ts';
import { variationOf } from './variation.ts';

const paths = (marks: readonly Mark[]): readonly string[] =>
  marks.flatMap((mark) => [...('d' in mark ? [mark.d] : []), ...('marks' in mark ? paths(mark.marks) : [])]);

const variants = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

test('silhouettes: there are more than forty', () => {
  ok(Object.keys(silhouettes).length > 40);
});

for (const shape of Object.keys(silhouettes)) {
  test(`every ${shape} is made of valid paths of finite numbers`, () => {
    for (const variant of variants) {
      const all = paths(drawPicture(shape, variant));
      ok(all.length >= 4, `${shape} ${variant} has ${all.length} paths`);
      for (const path of all) {
        ok(/^M[-\d.]/.test(path), path);
        ok(/^[MLHVCSQAZmlhvcsqaz\d\s.,-]+$/.test(path), path);
      }
    }
  });

  test(`no two ${shape}s of a shelf are copies`, () => {
    const drawn = variants
      .slice(0, 8)
      .map((variant) => JSON.stringify([variationOf(variant).colourway, drawPicture(shape, variant)]));
    equal(new Set(drawn).size, drawn.length);
  });
}

test('drawPicture: different shapes give different pictures', () => {
  const drawn = new Map<string, string>();
  for (const shape of Object.keys(silhouettes).filter((each) => each !== 'surfboard')) {
    const picture = JSON.stringify(drawPicture(shape, 1));
    equal(drawn.get(picture), undefined, shape);
    drawn.set(picture, shape);
  }
});

test('drawPicture: deterministic for a product', () => {
  equal(JSON.stringify(drawPicture('kayak', 5)), JSON.stringify(drawPicture('kayak', 5)));
});

test('drawPicture: an unknown shape and an invalid variant still give a picture', () => {
  for (const [shape, variant] of [
    ['submarine', 3],
    ['toString', 1],
    ['', -7],
    ['kayak', Number.NaN],
    ['kayak', 1e12],
    ['tent', 2.5],
  ] as const) {
    ok(drawPicture(shape, variant).length > 0, shape);
    for (const path of paths(drawPicture(shape, variant))) ok(!path.includes('NaN'), path);
  }
});

test('perceivedHue, vividness: hues run once around the circle, and red is the most vivid', () => {
  equal(perceivedHue(0), 27);
  equal(perceivedHue(360), perceivedHue(0));
  equal(perceivedHue(-120), perceivedHue(240));
  ok(vividness(perceivedHue(8)) > vividness(perceivedHue(214)));
});
