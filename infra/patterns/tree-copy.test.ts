import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyExperiment, mismatch } from './apply.ts';
import { failureText } from './run-test.ts';
import { copyTree } from './tree-copy.ts';

test('copyTree: copies sources, links packages, and workspaces lead into the copy', () => {
  const root = mkdtempSync(join(tmpdir(), 'tree-'));
  mkdirSync(join(root, 'kit'));
  mkdirSync(join(root, 'node_modules/@shop'), { recursive: true });
  mkdirSync(join(root, 'node_modules/pg'));
  writeFileSync(join(root, '.gitignore'), 'node_modules\n');
  writeFileSync(join(root, 'kit/a.ts'), 'guard();\n');
  writeFileSync(join(root, 'node_modules/pg/index.js'), '');
  symlinkSync('../../kit', join(root, 'node_modules/@shop/kit'));
  spawnSync('git', ['init', '-q'], { cwd: root });
  const copy = copyTree(root);
  const experiment = {
    name: 'x',
    pattern: 'X',
    file: 'kit/a.ts',
    removed: 'the guard',
    replace: [['guard();', '']],
  } as const;
  applyExperiment(copy, experiment);
  assert.equal(readFileSync(join(copy, 'node_modules/@shop/kit/a.ts'), 'utf8'), '\n');
  assert.equal(readFileSync(join(root, 'kit/a.ts'), 'utf8'), 'guard();\n');
  assert.ok(existsSync(join(copy, 'node_modules/pg/index.js')));
  assert.equal(mismatch(root, experiment), undefined);
  assert.match(mismatch(copy, experiment) ?? '', /kit\/a\.ts must contain exactly once: guard\(\);/);
  for (const folder of [root, copy]) rmSync(folder, { recursive: true });
});

test('failureText: has the failed tests without frames of Node', () => {
  const output =
    'ok\n✖ failing tests:\n\n✖ inbox\n  2 !== 1\n      at a (file:///x/a.ts:1:2)\n      at node:internal:1\n';
  assert.equal(failureText(output, 9), '✖ inbox\n  2 !== 1\n      at a (file:///x/a.ts:1:2)');
});
