import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartError } from '../servers/server.ts';
import { checkNumbers } from './numbers.ts';

for (const value of ['abc', '10s', '-1', 'NaN', 'Infinity', ' ', '1e99', '0x']) {
  test(`checkNumbers: GRACE_SECONDS=${JSON.stringify(value)} is an error that names the value and the fix`, () =>
    assert.throws(
      () => checkNumbers({ GRACE_SECONDS: value }),
      (error) =>
        error instanceof StartError && error.message.includes(JSON.stringify(value)) && /unset/.test(error.fix),
    ));
}

test('checkNumbers: numbers, fractions, zero, and unset or empty variables are accepted', () =>
  checkNumbers({ GRACE_SECONDS: '0', FULFILMENT_SECONDS: '0.8', RATE_LIMIT_FACTOR: '1000', WATCHDOG_SECONDS: '' }));
