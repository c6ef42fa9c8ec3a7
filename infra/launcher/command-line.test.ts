import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { StartError } from '../servers/server.ts';
import { folderOption, readCommandLine } from './command-line.ts';
import { root } from './folders.ts';

test('readCommandLine: an unknown option is an error that points to --help', () =>
  assert.throws(
    () => readCommandLine('soak', ['--hours', '1'], { minutes: { type: 'string' } }),
    (error) =>
      error instanceof StartError &&
      error.message.includes("'--hours'") &&
      error.fix.includes('npm run soak -- --help'),
  ));

test('folderOption: an empty folder is an error, never the current folder', () => {
  for (const text of ['', ' ', 'a\0b'])
    assert.throws(
      () => folderOption('--home', text),
      (error) => error instanceof StartError && /--home names no folder/.test(error.message),
    );
  assert.equal(folderOption('--home', undefined), undefined);
  assert.equal(folderOption('--home', '/tmp/store/../shop'), '/tmp/shop');
});

const withHome = {
  start: 'infra/start.ts',
  doctor: 'infra/doctor.ts',
  'dead-letters': 'infra/dead-letters.ts',
  'rebuild:orders': 'infra/rebuild-orders.ts',
};
for (const [name, file] of Object.entries(withHome))
  test(`npm run ${name}: an empty --home is an error`, () => {
    const args = [join(root, file), ...(name === 'dead-letters' ? ['list'] : []), '--home', ''];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout + stderr, /✗ --home names no folder\.\n {2}Fix: /);
  });

test('npm run doctor: a folder without a store is an error', () => {
  const args = [join(root, 'infra/doctor.ts'), '--home', join(root, 'no-such-folder')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  assert.match(stdout, /✗ Store +none in .*no-such-folder/);
  assert.equal(status, 1);
});

const programs = {
  bundle: 'infra/bundle.ts',
  check: 'infra/check.ts',
  e2e: 'e2e/run.ts',
  faults: 'e2e/faults/run.ts',
  'rebuild:orders': 'infra/rebuild-orders.ts',
  soak: 'e2e/soak/run.ts',
};
for (const [name, file] of Object.entries(programs))
  test(`npm run ${name}: --help prints help, and an unknown option prints no stack`, () => {
    const run = (option: string) => spawnSync(process.execPath, [join(root, file), option], { encoding: 'utf8' });
    const help = run('--help');
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, new RegExp(`^npm run ${name}`));
    const wrong = run('--nonsense');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /^✗ .*'--nonsense'.*\n {2}Fix: npm run [\w:]+ -- --help/);
    assert.doesNotMatch(wrong.stderr, /\n {4}at /);
  });

test('npm test: --help prints the phases, and an unknown one is an error', () => {
  const run = (argument: string) =>
    spawnSync(process.execPath, [join(root, 'infra/test.ts'), argument], { encoding: 'utf8', timeout: 20_000 });
  const help = run('--help');
  assert.equal(help.status, 0, help.stdout);
  assert.match(help.stdout, /^npm test[^]*\bunit\b/);
  assert.equal(run('no-such-phase').status, 1);
});

test('npm run e2e: an invalid --base-url is an error', () => {
  const args = [join(root, 'e2e/run.ts'), '--base-url', 'nope'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 1);
  assert.match(stderr, /^✗ --base-url nope is not a URL/);
});
