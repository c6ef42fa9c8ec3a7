import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkActor } from './actor-name.ts';

test('an id that could not be part of a path is refused', () => {
  for (const id of ['', '.', '..', 'a#b', 'a?b', 'a\\b', 'a\u0000b', 'a\nb'])
    assert.throws(() => checkActor({ type: 'order', id }), /invalid request/, JSON.stringify(id));
});

test('any other id is fine', () => {
  for (const id of ['42', 'a b', 'ü', 'a/b', 'a.b', 'x'.repeat(500)]) checkActor({ type: 'order', id });
});
