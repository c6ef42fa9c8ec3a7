import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { StartError } from '../servers/server.ts';
import { readCommandLine } from './command-line.ts';
import { root } from './folders.ts';

test('command line: an unknown option is a sentence with the way to the right ones', () =>
  assert.throws(
    () => readCommandLine('soak', ['--hours', '1'], { minutes: { type: 'string' } }),
    (error) =>
      error instanceof StartError &&
      error.message.includes("'--hours'") &&
      error.fix.includes('npm run soak -- --help'),
  ));

const programs = { check: 'infra/check.ts', faults: 'e2e/faults/run.ts', soak: 'e2e/soak/run.ts' };
for (const [name, file] of Object.entries(programs))
  test(`npm run ${name}: --help prints help, and an unknown option no stack`, () => {
    const run = (option: string) => spawnSync(process.execPath, [join(root, file), option], { encoding: 'utf8' });
    const help = run('--help');
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, new RegExp(`^npm run ${name}`));
    const wrong = run('--nonsense');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /^✗ .*'--nonsense'.*\n {2}Fix: npm run \w+ -- --help/);
    assert.doesNotMatch(wrong.stderr, /\n {4}at /);
  });
