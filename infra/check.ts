import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { lockFileFix, lockFileProblems } from './checks/lock-file.ts';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';

const { fix } = optionsOrExit('check', { fix: { type: 'boolean', default: false } });
const folders = ['runtime', 'services', 'infra', 'e2e', 'frontend'];
const bin = (tool: string): string => join(root, 'node_modules', '.bin', tool);
const checks = globSync('infra/checks/*.test.ts', { cwd: root }).toSorted();

interface Step {
  readonly name: string;
  readonly passes: () => boolean;
}

const command = (file: string, args: readonly string[], name: string): Step => ({
  name,
  passes: () => spawnSync(file, args, { cwd: root, stdio: 'inherit' }).status === 0,
});
const tool = (name: string, ...args: readonly string[]): Step => command(bin(name), args, [name, ...args].join(' '));

const lockFile: Step = {
  name: 'package-lock.json matches all manifests',
  passes() {
    const problems = lockFileProblems(root);
    for (const problem of problems) process.stdout.write(`  ${problem}\n`);
    if (problems.length > 0) process.stdout.write(`  Fix: ${lockFileFix}\n`);
    return problems.length === 0;
  },
};

const steps: readonly Step[] = [
  lockFile,
  tool('oxfmt', ...(fix ? [] : ['--check']), ...folders),
  tool('oxlint', '--type-aware', ...(fix ? ['--fix'] : []), ...folders),
  tool('tsc', '-p', '.'),
  tool('tsc', '-p', 'frontend'),
  command(process.execPath, ['--test', '--test-reporter=dot', ...checks], 'infra/checks/*.test.ts'),
];

const failed = steps.filter(({ name, passes }) => {
  process.stdout.write(`▸ ${name}\n`);
  return !passes();
});
process.stdout.write(
  failed.length === 0
    ? 'All checks passed.\n'
    : `${failed.length} of ${steps.length} checks failed: ${failed.map(({ name }) => name).join('; ')}\n`,
);
process.exit(failed.length === 0 ? 0 : 1);
