import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '#core/errors.ts';
import { isWildcard, publishSubjectOf, resourceName, subjectOf, topicOf, usableSubjectOf } from './names.ts';

test('subject: equals the topic, with reversible escapes of invalid characters', () => {
  for (const topic of ['orders', 'a.b/c', 'größe']) assert.equal(subjectOf(topic), topic);
  assert.equal(subjectOf('a b\tc'), 'a%20b%09c');
  assert.equal(topicOf(subjectOf('a b\tc')), 'a b\tc');
  assert.equal(topicOf('50%2F'), '50%2F');
});

test('subject: empty, wildcard and reserved topics are errors of the caller', () => {
  for (const topic of ['a.*', '>', 'a..b', '.a', 'a.', '$JS.API', '_INBOX.x'])
    assert.throws(
      () => publishSubjectOf(topic),
      (error: unknown) => error instanceof RuntimeError && error.kind.http === 400 && error.message.includes(topic),
    );
  assert.equal(usableSubjectOf('a.*'), 'a.*');
  assert.deepEqual([isWildcard('a.*'), isWildcard('a*')], [true, false]);
});

test('subject: a topic longer than a protocol line is rejected', () => {
  assert.equal(publishSubjectOf('x'.repeat(2000)).length, 2000);
  for (const topic of ['x'.repeat(2001), 'ß'.repeat(1001), ' '.repeat(700)])
    assert.throws(
      () => usableSubjectOf(topic),
      (error: unknown) => error instanceof RuntimeError && error.kind.http === 400 && error.message.length < 300,
    );
});

test('resource names: different parts have different names', () => {
  assert.equal(resourceName('shop', 'orders'), 'shop-orders');
  const names = [
    resourceName('shop', 'a.b'),
    resourceName('shop', 'a_b'),
    resourceName('shop-a', 'b'),
    resourceName('shop', 'a-b'),
    resourceName('shop', 'x'.repeat(200)),
    resourceName('shop', 'x'.repeat(201)),
  ];
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,100}$/);
});
