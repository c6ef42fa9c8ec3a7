import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import type { SecretScope } from '#core/resource.ts';
import { secretsBlock } from './secrets.ts';
import type { SecretsBlock } from './secrets.ts';
import type { SecretStore } from './secret-store.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const values = new Map(['a', 'b', 'c'].map((name) => [name, { [name]: `value of ${name}` }]));
const port: SecretStore = {
  features: [],
  get: async (_call, name) => {
    if (name === 'broken') throw new Error('the vault is shut');
    return values.get(name);
  },
  getAll: async () => values,
  close: async () => {},
};

function block(scope?: Partial<SecretScope>): SecretsBlock {
  const scopes: SecretScope[] = scope
    ? [{ storeName: 'vault', defaultAccess: 'allow', allowedSecrets: [], deniedSecrets: [], ...scope }]
    : [];
  const stores = new Map([['vault', { name: 'vault', type: 't', version: 'v1', metadata: {}, port }]]);
  return secretsBlock({ stores, scopes, recorder: silentRecorder });
}

function coded(code: string, http: number) {
  return (error: unknown): boolean =>
    error instanceof RuntimeError && error.kind.code === code && error.kind.http === http;
}

test('secret get: returns the secret, and undefined for an absent one', async () => {
  assert.deepEqual(await block().get(call, { storeName: 'vault', key: 'a' }), { a: 'value of a' });
  assert.equal(await block().get(call, { storeName: 'vault', key: 'none' }), undefined);
});

test('secret get: an unknown store is 401, and no store at all is 500', async () => {
  await assert.rejects(block().get(call, { storeName: 'x', key: 'a' }), coded('ERR_SECRET_STORE_NOT_FOUND', 401));
  const none = secretsBlock({ stores: new Map(), scopes: [], recorder: silentRecorder });
  await assert.rejects(none.get(call, { storeName: 'x', key: 'a' }), coded('ERR_SECRET_STORES_NOT_CONFIGURED', 500));
});

test('secret get: a vendor error names the secret and the store', async () => {
  await assert.rejects(block().get(call, { storeName: 'vault', key: 'broken' }), {
    message: 'failed getting secret with key broken from secret store vault: the vault is shut',
  });
});

test('secret scopes: denied names come first, then allowed ones, then the default', async () => {
  const get = (secrets: SecretsBlock, key: string): Promise<unknown> => secrets.get(call, { storeName: 'vault', key });
  const denied = coded('ERR_PERMISSION_DENIED', 403);
  await assert.rejects(get(block({ deniedSecrets: ['a'], allowedSecrets: ['a'] }), 'a'), denied);
  await assert.rejects(get(block({ allowedSecrets: ['a'] }), 'b'), denied);
  await assert.rejects(get(block({ defaultAccess: 'deny' }), 'c'), denied);
  assert.deepEqual(Object.keys(await block({ deniedSecrets: ['b'] }).getAll(call, { storeName: 'vault' })), ['a', 'c']);
});
