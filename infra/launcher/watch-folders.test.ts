import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type FolderWatch, watchFolders } from './watch-folders.ts';

let folder = '';
let watch: FolderWatch | undefined;
let reported = Promise.withResolvers<readonly string[]>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-folders-'));
  for (const name of ['src/shop', 'dist']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'src/page.ts'), '0');
});
afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
/** As `sed -i`, git and most editors save. */
function replace(file: string, text: string): void {
  write(`${file}.tmp`, text);
  renameSync(join(folder, `${file}.tmp`), join(folder, file));
}
/** The files that the watch reports after `change`. */
async function changedBy(change: () => void): Promise<readonly string[]> {
  reported = Promise.withResolvers();
  change();
  return reported.promise;
}
function start(): void {
  const changed = (files: readonly string[]): Promise<void> => {
    reported.resolve(files.map((file) => relative(folder, file)));
    return Promise.resolve();
  };
  watch = watchFolders([folder], changed, { settleMs: 20 });
}

test('watchFolders: reports every save of a file, also after one that replaced it', async () => {
  start();
  for (const text of ['first', 'second one', 'the third'])
    assert.deepEqual(await changedBy(() => replace('src/page.ts', text)), ['src/page.ts']);
  assert.deepEqual(await changedBy(() => write('src/page.ts', 'in place')), ['src/page.ts']);
  assert.deepEqual(await changedBy(() => write('src/page.ts', 'in place again')), ['src/page.ts']);
});

test('watchFolders: watches new, replaced and removed folders', async () => {
  start();
  const made = await changedBy(() => {
    mkdirSync(join(folder, 'src/new/deep'), { recursive: true });
    write('src/new/deep/a.ts', '1');
  });
  assert.deepEqual(made, ['src/new/deep/a.ts']);
  assert.deepEqual(await changedBy(() => write('src/new/deep/a.ts', '22')), ['src/new/deep/a.ts']);
  const replaced = await changedBy(() => {
    rmSync(join(folder, 'src/new'), { recursive: true });
    mkdirSync(join(folder, 'src/new/deep'), { recursive: true });
    write('src/new/deep/a.ts', '333');
  });
  assert.deepEqual(replaced, ['src/new/deep/a.ts']);
  assert.deepEqual(await changedBy(() => write('src/new/deep/a.ts', '4444')), ['src/new/deep/a.ts']);
  assert.deepEqual(await changedBy(() => rmSync(join(folder, 'src/new'), { recursive: true })), ['src/new/deep/a.ts']);
});

test('watchFolders: ignores built files, and a change during a call leads to another call', async () => {
  const calls: (readonly string[])[] = [];
  const release = Promise.withResolvers<void>();
  let called = Promise.withResolvers<void>();
  watch = watchFolders(
    [folder],
    async (files) => {
      calls.push(files.map((file) => relative(folder, file)));
      called.resolve();
      await release.promise;
    },
    { settleMs: 20, isSource: (file) => !file.endsWith('.md') },
  );
  write('dist/index.html', 'built');
  write('src/notes.md', 'no source');
  write('src/shop/page.tsx', '1');
  write('src/shop/page.tsx', '22');
  await called.promise;
  called = Promise.withResolvers();
  write('src/shop/page.tsx', '333');
  release.resolve();
  await called.promise;
  assert.deepEqual(calls, [['src/shop/page.tsx'], ['src/shop/page.tsx']]);
});
