import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { importCircles } from './import-circles.ts';
import { importsOf, readAliases, resolveImport } from './imports.ts';

const aliases = readAliases(root);
const sources = globSync(
  ['runtime/{src,sdk}/**/*.ts', 'services/**/*.ts', 'frontend/{src,*}/**/*.{ts,tsx}', 'infra/**/*.ts', 'e2e/**/*.ts'],
  { cwd: root },
).filter((file) => !/node_modules|\/dist\/|^runtime\/gen\//.test(file));

test('imports: no files import each other in a circle, type imports included', () => {
  const imports = new Map(
    sources.map((file) => {
      const names = importsOf(readFileSync(join(root, file), 'utf8'));
      return [file, names.map((name) => resolveImport(name, file, aliases))];
    }),
  );
  assert.ok(imports.size > 60, `found only ${imports.size} files: the pattern is wrong`);
  const circles = importCircles(imports).map((circle) => circle.join(' '));
  assert.deepEqual(circles, []);
});

test('import circles: a circle of any length is found, a diamond is none', () => {
  const graph = (edges: Readonly<Record<string, string>>) =>
    new Map(Object.entries(edges).map(([file, targets]) => [file, targets.split(' ').filter(Boolean)]));
  assert.deepEqual(importCircles(graph({ a: 'b c', b: 'd', c: 'd', d: '' })), []);
  assert.deepEqual(importCircles(graph({ a: 'b', b: 'c', c: 'a d', d: 'd', e: 'a missing' })), [
    ['d'],
    ['a', 'b', 'c'],
  ]);
});
