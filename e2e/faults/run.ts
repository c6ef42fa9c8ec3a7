import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { optionsOrExit } from '../../infra/launcher/command-line.ts';
import { root } from '../../infra/launcher/folders.ts';

optionsOrExit('faults', {});

const run = spawn(
  process.execPath,
  [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    ...globSync('e2e/faults/*.test.ts', { cwd: root }).toSorted(),
  ],
  { cwd: root, stdio: 'inherit' },
);
// An interrupt ends the tests too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => run.kill(signal));
run.on('exit', (code) => process.exit(code ?? 1));
