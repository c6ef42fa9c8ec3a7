import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { areaOf, readConformance, writeConformance } from './conformance.ts';
import { pageOf } from './page.ts';

const recorded = readConformance(readFileSync(join(import.meta.dirname, 'conformance.txt'), 'utf8'));

test('docs/compatibility.md is what the tables say (else run: npm run compatibility)', () => {
  assert.equal(readFileSync(join(root, 'docs/compatibility.md'), 'utf8'), pageOf(recorded));
});

test('every failing case says why', () => {
  const unexplained = recorded.results.filter(
    ({ passed, reason }) => !passed && (reason ?? 'not known yet') === 'not known yet',
  );
  assert.deepEqual(unexplained, []);
});

test('results are read as they are written, and a line that is none is refused', () => {
  const text = '# today\nPASS daprd/state/http/basic\nFAIL healthz/app: it is asked too late\n';
  assert.equal(writeConformance(readConformance(text)), text);
  assert.throws(() => readConformance('# today\nPERHAPS a/b\n'), /not a result: PERHAPS/);
});

test('a case belongs to the area after `daprd`', () => {
  assert.equal(areaOf('daprd/state/http/basic'), 'state');
  assert.equal(areaOf('actors/metadata/hostNoPlacement'), 'actors');
});
