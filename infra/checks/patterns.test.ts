import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { mismatch } from '../patterns/apply.ts';
import { experiments } from '../patterns/experiments.ts';
import { linksOf, patternsOf } from '../patterns/patterns-page.ts';

const page = readFileSync(join(root, 'docs/patterns.md'), 'utf8');
const contentOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The patterns by the names that readers search for. */
const expected = [
  'Sidecar',
  'Backend for frontend',
  'CQRS',
  'Projection and rebuild',
  'Domain event and integration event',
  'Command message',
  'Transactional outbox, in a database',
  'Transactional outbox, in an actor’s turn',
  'Inbox, and two other ways to be idempotent',
  'Dead letter',
  'Saga with process manager',
  'Compensation',
  'Reservation',
  'Durable reminder',
  'Virtual actor and turn',
  'Single activation with fencing',
  'Optimistic concurrency',
  'Idempotency key',
  'Retry with backoff',
  'Circuit breaker',
  'Backpressure',
];

const patterns = patternsOf(page);
const links = linksOf(page);

test('docs/patterns.md: has each pattern, with its places, its test and what happens without it', () => {
  assert.deepEqual(
    patterns.map(({ name }) => name),
    expected,
  );
  for (const { name, text } of patterns) {
    assert.match(text, /\.test\.ts|test as above/, `${name}: a test`);
    assert.match(text, /^- Without it: /m, `${name}: what happens without it`);
  }
});

test('docs/patterns.md: files, symbols and tests exist', () => {
  assert.ok(links.length > 50, `${links.length} links`);
  const broken = links.flatMap(({ label, symbol, file, testName }) => {
    if (label !== file) return [`${label} links to ${file}`];
    if (!existsSync(join(root, file))) return [`${file} does not exist`];
    const source = contentOf(file);
    if (symbol !== undefined && !new RegExp(`\\b(function|class|interface|type|const) ${symbol}\\b`).test(source))
      return [`${file} has no ${symbol}`];
    if (testName !== undefined && file.endsWith('.test.ts') && !source.includes(testName))
      return [`${file} has no test "${testName}"`];
    return [];
  });
  assert.deepEqual(broken, []);
});

test('docs/patterns.md: has one command for each pattern, whose experiment applies to the tree', () => {
  assert.deepEqual(
    experiments.map(({ pattern }) => pattern),
    expected,
  );
  for (const experiment of experiments) {
    const { text, tests } = patterns.find(({ name }) => name === experiment.pattern) ?? { text: '', tests: [] };
    assert.deepEqual(text.match(/`npm run pattern -- [\w-]+`/g), [`\`npm run pattern -- ${experiment.name}\``]);
    assert.ok(experiment.test === undefined || tests.some(({ file }) => file === experiment.test), experiment.name);
    assert.equal(mismatch(root, experiment), undefined);
  }
});

test('docs/patterns.md: has five sequence diagrams', () => {
  assert.equal([...page.matchAll(/```mermaid\nsequenceDiagram/g)].length, 5);
});
