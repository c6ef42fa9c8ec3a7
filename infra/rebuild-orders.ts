import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';
import { storesOrExit } from './operate/find-store.ts';

const { home } = optionsOrExit('rebuild:orders', { home: { type: 'string' } });
const store = storesOrExit(home).find(({ isRunning }) => isRunning);
const databaseUrl = process.env.DATABASE_URL ?? store?.running.servers?.postgres;
if (databaseUrl === undefined) {
  process.stderr.write(
    `✗ No store is running${home === undefined ? '' : ` in ${home}`}, and DATABASE_URL is not set.\n  Fix: start the store (npm start${home === undefined ? '' : ` -- --home ${home}`}), or set DATABASE_URL.\n`,
  );
  process.exit(1);
}
const { status } = spawnSync(process.execPath, [join(root, 'services/order/src/queries/rebuild.ts')], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, DATABASE_URL: databaseUrl, OUTRIGGER_EXIT_WITH_PARENT: '' },
});
process.exit(status ?? 1);
