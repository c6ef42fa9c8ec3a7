import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { StartError } from '../servers/server.ts';
import { foldersOf, makeFolders } from './folders.ts';

const base = mkdtempSync(join(tmpdir(), 'folders-'));
after(() => rmSync(base, { recursive: true, force: true }));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('makeFolders: home, logs and names are closed to other users', () => {
  const folders = foldersOf(join(base, 'new'));
  makeFolders(folders, false);
  for (const path of [folders.home, folders.logs, folders.registry]) assert.equal(modeOf(path), 0o700, path);
});

test('makeFolders: as root, other users can traverse home but not list it', () => {
  const folders = foldersOf(join(base, 'root'));
  makeFolders(folders, true);
  assert.equal(modeOf(folders.home), 0o711);
  assert.equal(modeOf(folders.logs), 0o700);
});

test('makeFolders: a folder of an earlier version is closed to other users', () => {
  const folders = foldersOf(join(base, 'old'));
  for (const name of ['logs', 'names', 'postgres', 'nats', 'copy-2', 'compile-cache', 'test-42'])
    mkdirSync(join(folders.home, name), { recursive: true, mode: 0o755 });
  for (const name of ['running.json', 'secrets.json', 'nats.conf']) writeFileSync(join(folders.home, name), '');
  makeFolders(folders, false);
  assert.equal(modeOf(folders.home), 0o700);
  assert.equal(modeOf(folders.logs), 0o700);
});

test('makeFolders: a folder with foreign files retains its mode', () => {
  const folders = foldersOf(join(base, 'shared'));
  mkdirSync(folders.home, { mode: 0o755 });
  writeFileSync(join(folders.home, 'thesis.pdf'), '');
  makeFolders(folders, false);
  assert.equal(modeOf(folders.home), 0o755);
  assert.equal(modeOf(folders.logs), 0o700);
});

test('makeFolders: a home that is a file, or below one, is an error with a fix', () => {
  const file = join(base, 'file');
  writeFileSync(file, '');
  for (const home of [file, join(file, 'below'), '/proc/outrigger'])
    assert.throws(
      () => makeFolders(foldersOf(home), false),
      (error) => error instanceof StartError && error.message.includes(home) && error.fix.includes('--home'),
      home,
    );
});
