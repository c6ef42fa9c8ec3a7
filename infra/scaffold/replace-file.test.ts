import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replaceFile } from './replace-file.ts';

test('replaceFile: the old text is never cut off', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.yml');
  writeFileSync(file, 'old');
  const old = openSync(file, 'r');
  t.after(() => closeSync(old));
  replaceFile(file, 'new');
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.equal(readFileSync(old, 'utf8'), 'old');
  assert.deepEqual(readdirSync(folder), ['a.yml']);
});
