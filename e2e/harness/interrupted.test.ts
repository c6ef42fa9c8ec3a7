import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from './store.ts';

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const)
  test(`removeWhenInterrupted: a run that ends by ${signal} leaves no secrets behind`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
    writeFileSync(join(folder, 'secrets.json'), '{}');
    const script = `const { removeWhenInterrupted } = await import(${JSON.stringify(join(import.meta.dirname, 'interrupted.ts'))});
      removeWhenInterrupted(process.argv[1]);
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(run.stdout, 'data');
      run.kill(signal);
      await eventually(
        'the removal',
        () => Promise.resolve(existsSync(folder)),
        (isThere) => !isThere,
        5000,
      );
    } finally {
      run.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
