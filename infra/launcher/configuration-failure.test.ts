import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationFailure } from './configuration-failure.ts';

const line = JSON.stringify({
  level: 'error',
  msg: 'could not start',
  error: 'ConfigurationError: X is y. Set it to z.',
});

test('configurationFailure: has the reason that the program logged, without the name of its class', () => {
  const failure = configurationFailure('cart', 78, ['{"msg":"starting"}', line, 'not JSON']);
  assert.equal(failure?.message, 'cart cannot start: X is y. Set it to z.');
  assert.match(configurationFailure('cart', 78, [])?.message ?? '', /see its log/);
});

test('configurationFailure: other exit codes are no configuration failure', () => {
  for (const code of [undefined, 0, 1, 137]) assert.equal(configurationFailure('cart', code, [line]), undefined);
});
