import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { helpText } from '../launcher/command-line.ts';
import { root } from '../launcher/folders.ts';
import { experiments } from '../patterns/experiments.ts';
import { patternsOf } from '../patterns/patterns-page.ts';
import { phases } from './phases.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

let copy = '';
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'help-'));
  for (const path of ['package.json', 'infra/bootstrap.mjs', 'infra/help'])
    cpSync(join(root, path), join(copy, path), { recursive: true });
});
after(() => rmSync(copy, { recursive: true, force: true }));

for (const [name, command] of Object.entries({ ...scripts, 'bench -- store': `${scripts['bench']} store` }))
  test(`npm run ${name}: --help prints help although nothing is installed`, () => {
    const [, ...args] = command.split(' ');
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '--help'], {
      cwd: copy,
      encoding: 'utf8',
      timeout: 10_000,
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^npm (start|test|run)/);
  });

test('help: the list of patterns has a heading', () => {
  assert.match(helpText('pattern'), /\nWhat goes wrong without it:\n\n  sidecar /);
});

test('help: names every phase of npm test and every pattern', () => {
  const without = new Map(
    patternsOf(readFileSync(join(root, 'docs/patterns.md'), 'utf8')).map((each) => [each.name, each.without]),
  );
  const missing = (name: string, lines: readonly string[]): readonly string[] =>
    lines.filter((line) => !helpText(name).includes(line));
  assert.deepEqual(
    missing(
      'test',
      phases.map(({ name, description }) => `\n  ${name.padEnd(16)} ${description}\n`),
    ),
    [],
  );
  assert.deepEqual(
    missing(
      'pattern',
      experiments.map(({ name, pattern }) => `\n  ${name.padEnd(22)} ${without.get(pattern) ?? ''}\n`),
    ),
    [],
  );
});
