import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchFolders } from './frontend-watch.ts';

test('watchFolders: a changed source calls once, what is built does not, and a later change calls again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontend-watch-'));
  for (const name of ['src/shop', 'dist']) mkdirSync(join(folder, name), { recursive: true });
  let calls = 0;
  let called = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const watch = watchFolders([folder], async () => {
    calls++;
    called.resolve();
    await release.promise;
  });
  try {
    writeFileSync(join(folder, 'dist/index.html'), 'built');
    writeFileSync(join(folder, 'src/shop/page.tsx'), '1');
    writeFileSync(join(folder, 'src/shop/page.tsx'), '2');
    await called.promise;
    assert.equal(calls, 1);
    called = Promise.withResolvers();
    writeFileSync(join(folder, 'src/shop/page.tsx'), '3');
    release.resolve();
    await called.promise;
    assert.equal(calls, 2);
  } finally {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
