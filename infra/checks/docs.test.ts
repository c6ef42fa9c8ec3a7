import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../launcher/folders.ts';
import { appSecretNames, sharedSecretNames } from '../launcher/secrets.ts';
import { topology } from '../topology.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

test('docs/operate.md explains every variable and every secret', () => {
  const page = read('docs/operate.md');
  const names = new Set([...topology.flatMap(({ env }) => env), ...sharedSecretNames, ...appSecretNames]);
  assert.deepEqual(
    [...names].filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test('docs/ARCHITECTURE.md names every folder of the sidecar', () => {
  const page = read('docs/ARCHITECTURE.md');
  for (const folder of foldersIn('runtime/src')) assert.match(page, new RegExp(`\`${folder}/`), folder);
  for (const layer of ['blocks', 'components'])
    assert.ok(page.includes(`\`${layer}/{${foldersIn(`runtime/src/${layer}`).join(',')}}\``), layer);
});

test('every link of a page leads to a file', () => {
  const pages = globSync(['*.md', '{docs,runtime,services,frontend,infra,e2e}/**/*.md'], { cwd: root });
  const broken = pages
    .filter((page) => !page.includes('node_modules'))
    .flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
  assert.deepEqual(broken, []);
});

test('every workflow, component and compose file is YAML', () => {
  for (const file of globSync(['.github/**/*.yml', 'infra/**/*.yaml', 'docker-compose.yml'], { cwd: root }))
    assert.equal(typeof parse(read(file), { merge: true }), 'object', file);
});

test('the workflow of CI runs npm test on the oldest Node that is supported', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const { jobs } = parse(read('.github/workflows/ci.yml')) as {
    jobs: Record<string, { steps: { run?: string; with?: Record<string, unknown> }[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  assert.ok(steps.some(({ run }) => run === 'npm test'));
  assert.ok(steps.some((step) => `>=${String(step.with?.['node-version'])}` === engines.node));
});

test('the license of package.json is there in full', () => {
  const { license } = JSON.parse(read('package.json')) as { license: string };
  assert.ok(read('LICENSE').startsWith(`${license} License`));
});
