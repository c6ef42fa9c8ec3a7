import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import { pluggableSecretStore } from './secret-store.ts';
import { componentContext, serveComponent } from './testing.ts';

const call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};
const secrets = new Map<string, Readonly<Record<string, string>>>([
  ['alarm', { code: '1234' }],
  ['bank', { user: 'ada', pin: '0000' }],
]);
const vault: SecretStore = {
  features: ['MULTIPLE_KEY_VALUES_PER_SECRET'],
  get: (_call, name) => Promise.resolve(secrets.get(name)),
  getAll: () => Promise.resolve(secrets),
  close: () => Promise.resolve(),
};

test('pluggable secrets: reads single secrets and all of them', async () => {
  await using served = await serveComponent({ secretStore: vault });
  const store = await pluggableSecretStore(served.socket)(componentContext());
  assert.deepEqual(store.features, ['MULTIPLE_KEY_VALUES_PER_SECRET']);
  assert.deepEqual({ ...(await store.get(call, 'bank')) }, { user: 'ada', pin: '0000' });
  assert.equal(await store.get(call, 'none'), undefined);
  assert.deepEqual([...(await store.getAll(call)).keys()], ['alarm', 'bank']);
  await store.close();
});

test('pluggable secrets: the component’s error is returned', async () => {
  const rejecting = { ...vault, get: () => Promise.reject(new Error('sealed')) };
  await using served = await serveComponent({ secretStore: rejecting });
  const store = await pluggableSecretStore(served.socket)(componentContext());
  await assert.rejects(store.get(call, 'alarm'), { message: 'rpc error: code = Unknown desc = sealed' });
  await store.close();
});
