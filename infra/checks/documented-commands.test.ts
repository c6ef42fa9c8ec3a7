import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';

// What people read: pages, help texts, and comments that name a command.
const files = globSync(
  [
    '*.md',
    'docs/**/*.md',
    '.github/**/*.{md,yml}',
    '{runtime,services,frontend,infra,e2e}/**/*.{md,ts,mjs}',
    'docker-compose.yml',
  ],
  { cwd: root },
).filter((file) => !/node_modules|\/dist\/|\/gen\/|^infra\/checks\/documented-commands/.test(file));
const texts = files.map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);

/** Only Node 24 runs TypeScript; `infra/bootstrap.mjs` finds one. Containers have it. */
const needsNode24 = /(?<![\w./-])node (?!infra\/(bootstrap\.mjs|docker\/run\.ts))(?:--\S+ )*[\w./-]+\.ts\b/g;
const scriptsOf = (manifest: string): Readonly<Record<string, string>> =>
  (JSON.parse(readFileSync(join(root, manifest), 'utf8')) as { scripts?: Record<string, string> }).scripts ?? {};
const scripts = scriptsOf('package.json');
const frontendScripts = scriptsOf('frontend/package.json');

test('printed commands: work with Node 20 on the PATH', () => {
  assert.ok(files.length > 200, `found only ${files.length} files: the pattern is wrong`);
  const wrong = texts.flatMap(([file, text]) =>
    [...text.matchAll(needsNode24)].map(([command]) => `${file}: ${command}`),
  );
  assert.deepEqual(wrong, [], 'use npm run …, node_modules/.bin/node …, or node infra/bootstrap.mjs …');
});

test('printed commands: every named npm script exists', () => {
  const wrong = texts.flatMap(([file, text]) =>
    [...text.matchAll(/\bnpm run ([a-z][a-z\d-]*(?::[a-z][a-z\d-]*)*)/g)].flatMap(([command, name = '']) =>
      (file.startsWith('frontend/') ? { ...scripts, ...frontendScripts } : scripts)[name] === undefined
        ? [`${file}: ${command}`]
        : [],
    ),
  );
  assert.deepEqual(wrong, []);
});

test('needsNode24: matches commands that need Node 24 and no others', () => {
  const matches = [
    '`node services/order/src/queries/rebuild.ts`',
    'SDK=go node --test e2e/sdk/sdk.test.ts',
    'node_modules/.bin/node --test a.test.ts',
    'node infra/bootstrap.mjs infra/start.ts',
    'docker compose exec order node infra/docker/run.ts infra/dead-letters.ts list',
    'the node in topology.ts',
  ].map((text) => text.match(needsNode24) !== null);
  assert.deepEqual(matches, [true, true, false, false, false, false]);
});
