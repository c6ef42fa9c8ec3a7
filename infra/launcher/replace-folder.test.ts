import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replaceFolder } from './replace-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'replace-folder-'));
test.after(() => rmSync(base, { recursive: true, force: true }));

function make(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(base, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('replaceFolder: the folder stays the same one, with the new files in it and no others', () => {
  const old = make('old', { 'index.html': 'a', 'index.html.br': 'a', 'assets/a.js': 'a', '.made-from': 'a' });
  const by = make('new', { 'index.html': 'b', 'assets/b.js': 'b', 'fonts/x/y.woff2': 'b' });
  const { ino } = statSync(old);
  replaceFolder(old, by);
  assert.equal(statSync(old).ino, ino);
  const files = readdirSync(old, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  assert.deepEqual(files.map(({ name }) => name).toSorted(), ['b.js', 'index.html', 'y.woff2']);
  assert.equal(readFileSync(join(old, 'index.html'), 'utf8'), 'b');
  assert.ok(!readdirSync(base).includes('new'));
});

test('replaceFolder: a folder that is not there is made', () => {
  const old = join(base, 'first');
  replaceFolder(old, make('second', { 'index.html': 'c' }));
  assert.deepEqual(readdirSync(old), ['index.html']);
});
