import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { areaOf, readConformance, writeConformance } from './conformance.ts';
import { pageOf } from './page.ts';

const recorded = readConformance(readFileSync(join(import.meta.dirname, 'conformance.txt'), 'utf8'));

test('docs/compatibility.md: equals the generated page (otherwise run: npm run compatibility)', () => {
  assert.equal(readFileSync(join(root, 'docs/compatibility.md'), 'utf8'), pageOf(recorded));
});

test('conformance.txt: every failing case has a reason', () => {
  const unexplained = recorded.results.filter(
    ({ passed, reason }) => !passed && (reason ?? 'not known yet') === 'not known yet',
  );
  assert.deepEqual(unexplained, []);
});

test('readConformance: reads what writeConformance writes and rejects other lines', () => {
  const text = '# today\nPASS daprd/state/http/basic\nFAIL healthz/app: it is polled too late\n';
  assert.equal(writeConformance(readConformance(text)), text);
  assert.throws(() => readConformance('# today\nPERHAPS a/b\n'), /not a result: PERHAPS/);
});

test('areaOf: is the part of the name after `daprd`', () => {
  assert.equal(areaOf('daprd/state/http/basic'), 'state');
  assert.equal(areaOf('actors/metadata/hostNoPlacement'), 'actors');
});
