import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkActor, cleanMethod } from './actor-name.ts';

test('checkActor: an id that cannot be part of a path is rejected', () => {
  for (const id of ['', '.', '..', 'a#b', 'a?b', 'a\\b', 'a/b', '../a', 'a\u0000b', 'a\nb'])
    assert.throws(() => checkActor({ type: 'order', id }), /invalid request/, JSON.stringify(id));
});

test('checkActor: any other id is accepted', () => {
  for (const id of ['42', 'a b', 'ü', 'a||b', 'a.b', 'x'.repeat(500)]) checkActor({ type: 'order', id });
});

for (const [method, clean] of [
  ['add', 'add'],
  ['a.b/c', 'a.b/c'],
  ['admin/../legit', 'legit'],
  ['../../other/./method', 'other/method'],
  ['/rooted/', 'rooted'],
] as const) {
  test(`cleanMethod: ${method} becomes ${clean}`, () => assert.equal(cleanMethod(method), clean));
}

test('cleanMethod: an empty or escaping path is rejected', () => {
  for (const method of ['', '.', '..', 'a/..', 'a?b', 'a#b', 'a\rb'])
    assert.throws(() => cleanMethod(method), /invalid request/, JSON.stringify(method));
});
