import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerSettings } from './broker-settings.ts';
import { redisSettings } from './settings.ts';
import { redisContext } from './testing.ts';

const read = (metadata: Readonly<Record<string, string>>) => redisSettings({ ...redisContext(), metadata });
const readBroker = (metadata: Readonly<Record<string, string>>) => brokerSettings({ ...redisContext(), metadata });

test('redis settings: redisHost accepts ports, lists and IP addresses', () => {
  const nodes = (redishost: string, more = {}) => read({ redishost, ...more }).nodes;
  assert.deepEqual(nodes('redis'), [{ host: 'redis', port: 6379 }]);
  assert.deepEqual(nodes('redis', { redisport: '7000' }), [{ host: 'redis', port: 7000 }]);
  assert.deepEqual(nodes('a:1, b:2', { redistype: 'cluster' }), [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ]);
  assert.deepEqual(nodes('[::1]:6380'), [{ host: '::1', port: 6380 }]);
  assert.deepEqual(nodes('::1'), [{ host: '::1', port: 6379 }]);
});

test('redis settings: a sentinel requires sentinelMasterName', () => {
  const settings = read({ redishost: 's1:26379,s2:26379', failover: 'true', sentinelmastername: 'mymaster' });
  assert.equal(settings.kind, 'sentinel');
  assert.equal(settings.sentinel?.masterName, 'mymaster');
  assert.throws(() => read({ redishost: 's1', failover: 'true' }), /sentinelMasterName is missing/);
});

test('redis settings: TLS verifies certificates by default, and requires clientCert and clientKey together', () => {
  assert.equal(read({ redishost: 'r' }).tls, undefined);
  assert.deepEqual(read({ redishost: 'r', enabletls: 'true' }).tls, { rejectUnauthorized: true });
  const lax = { redishost: 'r', enabletls: 'yes', insecureskiptlsverify: '1', clientcert: 'c', clientkey: 'k' };
  assert.deepEqual(read(lax).tls, { rejectUnauthorized: false, cert: 'c', key: 'k' });
  assert.throws(
    () => read({ redishost: 'r', enabletls: 'true', clientcert: 'c' }),
    /clientCert and clientKey must be set together/,
  );
});

for (const [metadata, message] of [
  [{}, /redisHost is missing, such as localhost:6379/],
  [{ redishost: 'a:b' }, /redisHost is 'a:b', it should be host:port/],
  [{ redishost: 'r', redisdb: '-1' }, /redisDB is '-1'/],
  [{ redishost: 'r', redistype: 'ring' }, /one of node, cluster/],
  [{ redishost: 'r', redistype: 'cluster', redisdb: '2' }, /a cluster has no other/],
  [{ redishost: 'r', enabletls: 'perhaps' }, /enableTLS is 'perhaps', it should be true or false/],
  [{ redishost: 'r', readtimeout: 'soon' }, /readTimeout is 'soon', it should be a duration/],
  [{ redishost: 'r', useentraid: 'true' }, /useEntraID is 'true'.*not supported/],
] as const)
  test(`redis settings: ${JSON.stringify(metadata)} is rejected with the reason`, () => {
    assert.throws(() => read(metadata), message);
  });

test('redis broker settings: numbers are milliseconds, and defaults are upstream’s', () => {
  const defaults = readBroker({});
  assert.deepEqual(
    [defaults.processingTimeoutMs, defaults.redeliverIntervalMs, defaults.concurrency, defaults.onReject],
    [60_000, 15_000, 10, 'acknowledge'],
  );
  const explicit = readBroker({ processingtimeout: '500', redeliverinterval: '2s', streamttl: '1h' });
  assert.deepEqual([explicit.processingTimeoutMs, explicit.redeliverIntervalMs], [500, 2000]);
  assert.deepEqual(explicit.trim, { by: 'age', ageMs: 3_600_000 });
  assert.throws(() => readBroker({ streamttl: '1h', maxlenapprox: '5' }), /streamTTL/);
});
