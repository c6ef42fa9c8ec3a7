import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './launcher/folders.ts';

/** Types, lint and format of everything; with `--fix`, what tools can mend is mended. */
const fix = process.argv.includes('--fix');
const folders = ['runtime', 'services', 'infra', 'e2e', 'frontend'];
const steps: readonly (readonly string[])[] = [
  ['oxfmt', ...(fix ? [] : ['--check']), ...folders],
  ['oxlint', '--type-aware', ...(fix ? ['--fix'] : []), ...folders],
  ['tsc', '-p', '.'],
  ['tsc', '-p', 'frontend'],
];

const failed = steps.filter(([tool = '', ...args]) => {
  process.stdout.write(`▸ ${[tool, ...args].join(' ')}\n`);
  return spawnSync(join(root, 'node_modules', '.bin', tool), args, { cwd: root, stdio: 'inherit' }).status !== 0;
});
process.stdout.write(failed.length === 0 ? 'All is well.\n' : `${failed.length} of ${steps.length} checks failed.\n`);
process.exit(failed.length === 0 ? 0 : 1);
