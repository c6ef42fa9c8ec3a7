import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import type { Call } from '#core/call.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { envSecretStore } from './secret-store.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function open(metadata: Readonly<Record<string, string>> = {}) {
  return envSecretStore({
    name: 'env',
    type: 'secretstores.local.env',
    version: 'v1',
    appId: 'cart',
    namespace: '',
    metadata,
    log: silentLog,
    clock: fakeClock(),
    random: seededRandom(),
    env: { SHOP_URL: 'u', OTHER: 'o', DAPR_API_TOKEN: 'd', APP_API_TOKEN: 'a' },
  });
}

test('secretstores.local.env: a variable is a secret, and an unset one is empty', async () => {
  const store = await open();
  assert.deepEqual(await store.get(call, 'OTHER'), { OTHER: 'o' });
  assert.deepEqual(await store.get(call, 'NONE'), { NONE: '' });
});

test('secretstores.local.env: the sidecar’s tokens are hidden', async () => {
  const store = await open();
  assert.deepEqual(await store.get(call, 'DAPR_API_TOKEN'), { DAPR_API_TOKEN: '' });
  assert.deepEqual([...(await store.getAll(call)).keys()].sort(), ['OTHER', 'SHOP_URL']);
});

test('secretstores.local.env: prefix is added to each requested name and removed from each result', async () => {
  const store = await open({ prefix: 'SHOP_' });
  assert.deepEqual(await store.get(call, 'URL'), { URL: 'u' });
  assert.deepEqual([...(await store.getAll(call)).entries()], [['URL', { URL: 'u' }]]);
});
