import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';

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

interface Pattern {
  readonly name: string;
  readonly text: string;
}

const patterns: readonly Pattern[] = page
  .split(/^### /m)
  .slice(1)
  .map((part) => ({ name: part.split('\n')[0] ?? '', text: part }))
  .filter(({ text }) => !text.includes('```mermaid'));

/** `[file#symbol](../file)`, and the name of a test after a link to a test file. */
const links = [...page.matchAll(/\[([\w./-]+)(?:#(\w+))?\]\(\.\.\/([\w./-]+)\)(?:: ([^;\n]+))?/g)].map(
  ([, label = '', symbol, file = '', testName]) => ({ label, symbol, file, testName }),
);

test('docs/patterns.md: has each pattern, with its places, its test and what happens without it', () => {
  assert.deepEqual(
    patterns.map(({ name }) => name.replaceAll("'", '’')),
    expected,
  );
  for (const { name, text } of patterns) {
    assert.match(text, /\.test\.ts|test as above/, `${name}: a test`);
    assert.match(text, /^- Without it: /m, `${name}: what happens without it`);
  }
});

test('docs/patterns.md: files, symbols and tests are there', () => {
  assert.ok(links.length > 50, `${links.length} links`);
  const broken = links.flatMap(({ label, symbol, file, testName }) => {
    if (label !== file) return [`${label} leads to ${file}`];
    if (!existsSync(join(root, file))) return [`${file} is not there`];
    const source = contentOf(file);
    if (symbol !== undefined && !new RegExp(`\\b(function|class|interface|type|const) ${symbol}\\b`).test(source))
      return [`${file} has no ${symbol}`];
    if (testName !== undefined && file.endsWith('.test.ts') && !source.includes(testName.trim()))
      return [`${file} has no test "${testName}"`];
    return [];
  });
  assert.deepEqual(broken, []);
});

test('docs/patterns.md: has five sequence diagrams', () => {
  assert.equal([...page.matchAll(/```mermaid\nsequenceDiagram/g)].length, 5);
});
