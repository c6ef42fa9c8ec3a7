import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '#core/errors.ts';
import { cleanedMethod, methodPath, urlPath } from './method-path.ts';

const accepted: readonly (readonly [path: string, expected: string])[] = [
  ['/', '/'],
  ['/orders', '/orders'],
  ['/orders/42/items', '/orders/42/items'],
  ['/orders/', '/orders'],
  ['//orders//42', '/orders/42'],
  ['/a/./b', '/a/b'],
  ['/admin/../public', '/public'],
  ['/admin%2F..%2Fpublic', '/public'],
  ['/../../etc', '/etc'],
  ['/v1.2/file.json', '/v1.2/file.json'],
  ['/.well-known/x', '/.well-known/x'],
  ['/a/...', '/a/...'],
  ['/%6Frders', '/orders'],
  ['/a%20b', '/a%20b'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['/test%22stream', '/test%22stream'],
  ['/test%2Astream', '/test*stream'],
  ['/test%5Cstream', '/test%5Cstream'],
  ['/a%2520b', '/a%20b'],
  ['/a[1]', '/a[1]'],
  ['/a b[1]', '/a%20b%5B1%5D'],
];

for (const [path, expected] of accepted) {
  test(`urlPath: ${path} is sent as ${expected}`, () => assert.equal(urlPath(methodPath(path)), expected));
}

for (const path of ['/a%23b', '/a%3Fb', '/a%00b', '/a%0Db', '/a%7Fb', '/a%25b', '/a%', '/a%zz', '/a%FF', '/a#b']) {
  test(`methodPath: ${path} is rejected`, () => {
    assert.throws(
      () => urlPath(methodPath(path)),
      (cause) => cause instanceof RuntimeError && cause.kind.grpc === 'InvalidArgument',
    );
  });
}

test('methodPath: decoded exactly once', () => {
  assert.equal(methodPath('/100%25/a%252Fb%22'), '/100%/a%2Fb"');
  assert.equal(cleanedMethod('/100%/./a%2F..%2Fb"'), '/100%/a%2F..%2Fb"');
  assert.throws(() => cleanedMethod('/a\0'), /forbidden character/);
});

test('methodPath: a long, almost plain path is checked in linear time', () => {
  const began = performance.now();
  assert.throws(() => methodPath(`/${'a'.repeat(60_000)}#`));
  assert.ok(performance.now() - began < 1_000);
});
