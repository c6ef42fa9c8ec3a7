import { spawnSync } from 'node:child_process';
import { root } from '../../infra/launcher/folders.ts';

/** `npm run faults`: kills each program in the middle of an order and checks the books. */
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    'e2e/faults/faults.test.ts',
    'e2e/faults/launcher.test.ts',
    'e2e/faults/redis-actors.test.ts',
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
