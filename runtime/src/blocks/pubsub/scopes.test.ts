import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker } from './broker.ts';
import { scopesOf } from './scopes.ts';

const port: Broker = {
  features: [],
  publish: () => Promise.resolve(),
  subscribe: () => Promise.reject(new Error('not here')),
  close: () => Promise.resolve(),
};

function may(metadata: Readonly<Record<string, string>>, appId = 'shop') {
  const scopes = scopesOf({ name: 'pubsub', type: '', version: 'v1', metadata, port }, appId);
  return (topic: string) => [scopes.mayPublish(topic), scopes.maySubscribe(topic)];
}

test('scopes: without scopes every app may do everything', () => {
  assert.deepEqual(may({})('orders'), [true, true]);
});

test('scopes: allowed topics apply to all apps', () => {
  const check = may({ allowedtopics: 'orders, stock' });
  assert.deepEqual(
    [check('stock'), check('other')],
    [
      [true, true],
      [false, false],
    ],
  );
});

test('scopes: a scope applies only to the apps it names', () => {
  const metadata = { publishingscopes: 'shop=orders;till=stock', subscriptionscopes: 'shop=' };
  assert.deepEqual(may(metadata)('orders'), [true, false]);
  assert.deepEqual(may(metadata)('stock'), [false, false]);
  assert.deepEqual(may(metadata, 'third')('orders'), [true, true]);
});

test('scopes: a protected topic is open only to apps that a scope names for it', () => {
  const metadata = { protectedtopics: 'money', publishingscopes: 'till=money' };
  assert.deepEqual(may(metadata)('money'), [false, false]);
  assert.deepEqual(may(metadata, 'till')('money'), [true, false]);
  assert.deepEqual(may(metadata)('orders'), [true, true]);
});
