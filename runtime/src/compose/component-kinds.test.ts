import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindNameOf, kindNames, kinds } from './component-kinds.ts';

test('component kinds: each has its own category, and every built-in type begins with it', () => {
  const categories = kindNames.map((name) => kinds[name].category);
  assert.equal(new Set(categories).size, categories.length);
  for (const name of kindNames)
    for (const type of Object.keys(kinds[name].table)) assert.equal(kindNameOf(type), name, type);
});

test('component kinds: a type of an unknown category has no kind', () => {
  assert.equal(kindNameOf('toaster.simple'), undefined);
  assert.equal(kindNameOf('statestore.redis'), undefined);
});
