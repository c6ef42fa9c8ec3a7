import { equal, notDeepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { contourLines } from './contour-lines.ts';

const relief = { width: 800, height: 400, seed: 3, levels: 8, hasClosedLines: true };

test('contourLines: deterministic for a seed, different for another one', () => {
  equal(contourLines(relief).join(), contourLines(relief).join());
  notDeepEqual(contourLines(relief), contourLines({ ...relief, seed: 4 }));
});

test('contourLines: with hasClosedLines every line is closed', () => {
  for (const line of contourLines(relief)) {
    ok(line.length > 0);
    for (const part of line.split('M').slice(1)) ok(part.endsWith('Z'), part);
  }
});

test('contourLines: no line leaves the drawing', () => {
  for (const line of contourLines({ ...relief, hasClosedLines: false })) {
    for (const [, x, y] of line.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)) {
      ok(Number(x) >= 0 && Number(x) <= 800 && Number(y) >= 0 && Number(y) <= 400, `${x} ${y}`);
    }
  }
});
