import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { withTables } from '../architecture/tables.ts';
import { root } from '../launcher/folders.ts';
import { appSecretNames, sharedSecretNames } from '../launcher/secrets.ts';
import { topology } from '../topology.ts';
import { phases } from './phases.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

test('docs/operate.md: explains every variable and every secret', () => {
  const page = read('docs/operate.md');
  const names = new Set([...topology.flatMap(({ env }) => env), ...sharedSecretNames, ...appSecretNames]);
  assert.deepEqual(
    [...names].filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test('docs/ARCHITECTURE.md: names every folder of the sidecar', () => {
  const page = read('docs/ARCHITECTURE.md');
  for (const folder of foldersIn('runtime/src')) assert.match(page, new RegExp(`\`${folder}/`), folder);
});

test('docs/ARCHITECTURE.md: its tables are those of the tree (npm run architecture)', () => {
  const page = read('docs/ARCHITECTURE.md');
  assert.equal(page, withTables(page, root));
  const tables = page.split('<!-- generated: ').slice(1);
  assert.deepEqual(
    tables.map((text) => text.split(' ')[0]),
    ['blocks', 'vendors', 'folders'],
  );
  for (const layer of ['blocks', 'components'])
    for (const folder of foldersIn(`runtime/src/${layer}`))
      assert.ok(page.includes(`\`${layer}/${folder}/\``), `${layer}/${folder}`);
});

test('docs/glossary.md: has each term once, in order, with a meaning and a file', () => {
  const tables = read('docs/glossary.md')
    .split('\n## ')
    .map((section) =>
      [...section.matchAll(/^\| (?!term |---)(.+?) \| (.+\.) \| \[[^\]]+\]\([^)]+\) \|$/gm)].map((row) => row[1] ?? ''),
    );
  assert.equal(
    tables.flat().length,
    read('docs/glossary.md').match(/^\| (?!term |---)/gm)?.length,
    'a row lacks a cell',
  );
  for (const terms of tables)
    assert.deepEqual(
      terms,
      terms.toSorted((a, b) => a.localeCompare(b, 'en')),
    );
  assert.equal(new Set(tables.flat()).size, tables.flat().length);
});

test('docs/glossary.md: each link is labelled with the end of its path', () => {
  const links = [...read('docs/glossary.md').matchAll(/\| \[([^\]]+)\]\(([^)]+)\) \|$/gm)];
  const wrong = links.filter(([, label = '', target = '']) => !target.endsWith(`/${label}`));
  assert.deepEqual(
    wrong.map(([link]) => link),
    [],
  );
});

test('CONTRIBUTING.md: lists the phases of npm test, in their order', () => {
  const [, list = ''] = /runs one phase \(([^)]+)\)/.exec(read('CONTRIBUTING.md')) ?? [];
  assert.deepEqual(
    list.split(', '),
    phases.map(({ name }) => name),
  );
});

test('pages: every link points to an existing file', () => {
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

test('workflow, component and compose files: are valid YAML', () => {
  for (const file of globSync(['.github/**/*.yml', 'infra/**/*.yaml', 'docker-compose.yml'], { cwd: root }))
    assert.equal(typeof parse(read(file), { merge: true }), 'object', file);
});

test('ci.yml: runs npm test on the oldest supported Node', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const { jobs } = parse(read('.github/workflows/ci.yml')) as {
    jobs: Record<string, { steps: { run?: string; with?: Record<string, unknown> }[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  assert.ok(steps.some(({ run }) => run === 'npm test'));
  assert.ok(steps.some((step) => `>=${String(step.with?.['node-version'])}` === engines.node));
});

test('LICENSE: is the license that package.json names', () => {
  const { license } = JSON.parse(read('package.json')) as { license: string };
  assert.ok(read('LICENSE').startsWith(`${license} License`));
});
