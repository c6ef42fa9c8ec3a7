import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apps } from '@tidewater/contracts/apps.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import { readSettings } from './settings.ts';

const needed = {
  SESSION_SECRET: 'a secret for tests only',
  PROVIDER_URL: 'http://127.0.0.1:1',
  PROVIDER_PUBLISHABLE_KEY: 'pk',
};
const read = (more: Readonly<Record<string, string>> = {}) => readSettings(environment({ ...needed, ...more }));

test('settings: SESSION_SECRET must be set and not empty', () => {
  assert.throws(() => read({ SESSION_SECRET: '' }), /SESSION_SECRET is not set\. Set it to .*npm start/);
  assert.throws(() => read({ SESSION_SECRET: '  ' }), /SESSION_SECRET is not set/);
  assert.throws(() => read({ SESSION_SECRET: '15 characters..' }), /SESSION_SECRET has 15 characters .*at least 16/);
  assert.equal(read().sessionSecret, 'a secret for tests only');
});

test('settings: RATE_LIMIT_FACTOR is a number above 0', () => {
  assert.equal(read().limitFactor, 1);
  assert.equal(read({ RATE_LIMIT_FACTOR: '0.5' }).limitFactor, 0.5);
  for (const bad of ['abc', '0', '-1', 'NaN', 'Infinity', '1,5'])
    assert.throws(() => read({ RATE_LIMIT_FACTOR: bad }), /RATE_LIMIT_FACTOR is .*Set it to a number above 0/, bad);
});

test('settings: TRUST_PROXY is true or addresses', () => {
  assert.equal(read().trustProxy, false);
  assert.equal(read({ TRUST_PROXY: 'true' }).trustProxy, true);
  assert.equal(read({ TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,::1' }).trustProxy, '10.0.0.1,10.1.0.0/16,::1');
  for (const bad of ['yes', '10.0.0', '10.0.0.1/33', '10.0.0.1/8/8', 'proxy.example'])
    assert.throws(() => read({ TRUST_PROXY: bad }), /TRUST_PROXY is .*Set it to/, bad);
});

test('settings: STORE_APPS names the apps of the inside view', () => {
  assert.deepEqual(read().apps, apps);
  assert.deepEqual(read({ STORE_APPS: 'order, mail' }).apps, ['order', 'mail']);
  assert.throws(() => read({ STORE_APPS: 'order,,mail' }), /STORE_APPS is/);
});

test('settings: the payment provider has an address and a key', () => {
  assert.throws(() => read({ PROVIDER_PUBLISHABLE_KEY: '' }), /PROVIDER_PUBLISHABLE_KEY is not set/);
  assert.throws(() => read({ PROVIDER_URL: 'nowhere' }), /PROVIDER_URL is nowhere\. Set it to/);
});
