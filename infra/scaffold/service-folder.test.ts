import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { serviceFiles } from './service-files.ts';
import { serviceFolder } from './service-folder.ts';
import { serviceName } from './service-name.ts';

function fixture(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'service-folder-'));
  t.after(() => rmSync(root, { recursive: true }));
  return { root, folder: serviceFolder(root, 'reviews'), files: serviceFiles(serviceName('reviews')) };
}

test('serviceFolder: is written with every file, and removed with all', (t) => {
  const { root, folder, files } = fixture(t);
  assert.deepEqual([folder.exists(), folder.isGenerated()], [false, false]);
  folder.write(files);
  assert.deepEqual([folder.exists(), folder.isGenerated()], [true, true]);
  for (const file of Object.keys(files)) assert.ok(existsSync(join(root, file)), file);
  folder.remove();
  assert.deepEqual(readdirSync(join(root, 'services')), []);
});

test('serviceFolder: does not exist when writing it fails, and can be written or removed again', (t) => {
  const { root, folder, files } = fixture(t);
  const broken = { ...files, 'services/reviews/package.json/x': '' };
  assert.throws(() => folder.write(broken));
  assert.equal(folder.exists(), false);
  folder.write(files);
  assert.equal(folder.isGenerated(), true);
  mkdirSync(join(root, 'services/.reviews'));
  writeFileSync(join(root, 'services/.reviews/left-over'), '');
  folder.remove();
  folder.remove();
  assert.deepEqual(readdirSync(join(root, 'services')), []);
});
