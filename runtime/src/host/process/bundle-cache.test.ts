import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedBundle } from './bundle-cache.ts';

function home() {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  mkdirSync(join(folder, 'dist/1'), { recursive: true });
  const entry = join(folder, 'dist/1/program.cjs');
  writeFileSync(entry, '');
  const source = join(folder, 'a.ts');
  writeFileSync(source, 'one');
  const { size, mtimeMs } = statSync(source);
  const madeFrom = { folder: '1', files: { 'a.ts': [size, Math.floor(mtimeMs / 1000)] } };
  writeFileSync(join(folder, 'dist/made-from.json'), JSON.stringify(madeFrom));
  return { folder, entry, source, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test('cachedBundle: a bundle is used while its source files are unchanged', () => {
  using it = home();
  assert.equal(cachedBundle(it.folder), it.entry);
});

test('cachedBundle: a newer, resized or removed source makes the bundle stale', () => {
  using newer = home();
  const later = new Date(Date.now() + 5000);
  utimesSync(newer.source, later, later);
  assert.equal(cachedBundle(newer.folder), undefined);
  using longer = home();
  writeFileSync(longer.source, 'three');
  assert.equal(cachedBundle(longer.folder), undefined);
  using without = home();
  rmSync(without.source);
  assert.equal(cachedBundle(without.folder), undefined);
});

test('cachedBundle: a missing or removed bundle is undefined', () => {
  using it = home();
  rmSync(it.entry);
  assert.equal(cachedBundle(it.folder), undefined);
  rmSync(join(it.folder, 'dist'), { recursive: true });
  assert.equal(cachedBundle(it.folder), undefined);
});
