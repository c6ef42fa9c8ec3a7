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

test('replaceFolder: the folder itself stays and contains exactly the new files', () => {
  const target = make('old', { 'index.html': 'a', 'index.html.br': 'a', 'assets/a.js': 'a', '.made-from': 'a' });
  const source = make('new', { 'index.html': 'b', 'assets/b.js': 'b', 'fonts/x/y.woff2': 'b' });
  const { ino } = statSync(target);
  replaceFolder(target, source);
  assert.equal(statSync(target).ino, ino);
  const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  assert.deepEqual(files.map(({ name }) => name).toSorted(), ['b.js', 'index.html', 'y.woff2']);
  assert.equal(readFileSync(join(target, 'index.html'), 'utf8'), 'b');
  assert.ok(!readdirSync(base).includes('new'));
});

test('replaceFolder: a missing folder is created', () => {
  const target = join(base, 'first');
  replaceFolder(target, make('second', { 'index.html': 'c' }));
  assert.deepEqual(readdirSync(target), ['index.html']);
});
