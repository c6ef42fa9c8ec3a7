import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { root } from '../../infra/launcher/folders.ts';

/** `npm run faults`: kills programs, loses messages and sends what cannot be processed, and checks the books. */
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    ...globSync('e2e/faults/*.test.ts', { cwd: root }).toSorted(),
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
