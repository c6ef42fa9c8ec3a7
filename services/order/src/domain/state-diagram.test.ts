import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stateDiagram } from './state-diagram.ts';

test('README: its diagram is that of the transition table', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, diagram = ''] = /```mermaid\n(.*?)\n```/s.exec(readme) ?? [];
  assert.equal(diagram, stateDiagram());
});
