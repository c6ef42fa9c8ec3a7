import assert from 'node:assert/strict';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { lockFileFix, lockFileProblems } from './lock-file.ts';

test(`package-lock.json: matches the manifests of all workspaces (otherwise run: ${lockFileFix})`, () =>
  assert.deepEqual(lockFileProblems(root), []));

let copy = '';
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'lock-file-'));
  for (const file of [
    'package.json',
    'package-lock.json',
    ...globSync('{runtime,runtime/sdk,services/*,frontend,infra,e2e}/package.json', { cwd: root }),
  ]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

function change(file: string, edit: (manifest: Record<string, Record<string, string>>) => void): void {
  const manifest = JSON.parse(readFileSync(join(copy, file), 'utf8')) as Record<string, Record<string, string>>;
  edit(manifest);
  writeFileSync(join(copy, file), JSON.stringify(manifest));
}

test('lockFileProblems: an unchanged copy has none', () => assert.deepEqual(lockFileProblems(copy), []));

test('lockFileProblems: reports a new workspace that is not locked', () => {
  mkdirSync(join(copy, 'services/unlocked'));
  writeFileSync(join(copy, 'services/unlocked/package.json'), '{"name":"@tidewater/unlocked","version":"0.1.0"}');
  assert.deepEqual(lockFileProblems(copy), ['services/unlocked is not locked']);
});

test('lockFileProblems: reports a removed workspace', () => {
  rmSync(join(copy, 'services/cart'), { recursive: true });
  assert.deepEqual(lockFileProblems(copy), ['services/cart is locked, but is no workspace']);
});

test('lockFileProblems: reports an added, a changed and a removed dependency', () => {
  change('infra/package.json', (manifest) => (manifest.dependencies = { ...manifest.dependencies, croner: '10.0.0' }));
  assert.match(lockFileProblems(copy).join('\n'), /infra: croner is 10\.0\.0 in dependencies, locked as absent/);
  change('infra/package.json', (manifest) => (manifest.dependencies = { ...manifest.dependencies, pg: '1.2.3' }));
  assert.match(
    lockFileProblems(copy).join('\n'),
    /infra: pg is 1\.2\.3 in dependencies, locked as [^]*pg 1\.2\.3 is locked at/,
  );
  change('package.json', (manifest) => delete manifest.devDependencies?.oxfmt);
  assert.match(lockFileProblems(copy).join('\n'), /package\.json: oxfmt is absent in devDependencies/);
});
