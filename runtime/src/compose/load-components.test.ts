import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { ComponentResource } from '#core/resource.ts';
import { loadComponents } from './load-components.ts';

function loading(type: string, more: Partial<ComponentResource> = {}) {
  const resource: ComponentResource = {
    name: 'one',
    type,
    version: 'v1',
    metadata: [],
    isNamespaced: false,
    ignoreErrors: false,
    initTimeoutMs: 1000,
    secretStore: '',
    location: 'one.yaml:1',
    ...more,
  };
  const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: '/nowhere' };
  const dependencies = {
    appId: 'shop',
    namespace: '',
    log: silentLog,
    clock: fakeClock(),
    random: seededRandom(),
    env,
  };
  const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false };
  const call = { trace, signal: new AbortController().signal };
  return loadComponents({ resources: [resource], dependencies, denied: [], call });
}

test('loadComponents: a type that is not supported is an error with the alternative', async () => {
  await assert.rejects(loading('middleware.http.sentinel'), /middleware\.http\.sentinel is not supported: .*ratelimit/);
});

test('loadComponents: an unknown type without a socket is an error that lists the known types', async () => {
  await assert.rejects(loading('state.ledger'), /couldn't find state\.ledger\/v1: there are .*state\.in-memory/);
  await assert.rejects(loading('toaster.simple'), /incorrect type toaster\.simple/);
});

test('loadComponents: a missing secret store is a start error that names component and store', async () => {
  const value = { secretName: 'a', secretKey: 'b' };
  const metadata = [{ name: 'url', value, location: 'one.yaml:5' }];
  for (const secretStore of ['vault', 'kubernetes'])
    await assert.rejects(loading('state.in-memory', { secretStore, metadata }), new RegExp(`one.*${secretStore}`));
});
