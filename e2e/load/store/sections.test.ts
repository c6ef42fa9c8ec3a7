import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSection } from './sections.ts';

test('withSection: one section is replaced, the other stays', () => {
  const both = withSection(withSection('', 'store', '## Store\n\nold'), 'sidecar', '## Sidecar\n\ntable');
  const replaced = withSection(both, 'store', '## Store\n\nnew\n');
  assert.ok(replaced.includes('## Sidecar\n\ntable\n'));
  assert.ok(replaced.includes('## Store\n\nnew\n'));
  assert.ok(!replaced.includes('old'));
  assert.equal(replaced.match(/^# /gm)?.length, 1);
});

test('withSection: the sidecar comes first, and the same text gives the same document', () => {
  const both = withSection(withSection('', 'store', 'b'), 'sidecar', 'a');
  assert.ok(both.indexOf('\na\n') < both.indexOf('\nb\n'));
  assert.equal(withSection(withSection(both, 'store', 'b'), 'sidecar', 'a'), both);
});
