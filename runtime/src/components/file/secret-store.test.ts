import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import type { Call } from '#core/call.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import { fileSecretStore } from './secret-store.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

async function open(text: string, metadata: Readonly<Record<string, string>> = {}): Promise<SecretStore> {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  const secretsfile = join(folder, 'secrets.json');
  await writeFile(secretsfile, text);
  try {
    return await fileSecretStore({
      name: 'file',
      type: 'secretstores.local.file',
      version: 'v1',
      appId: 'cart',
      namespace: '',
      metadata: { secretsfile, ...metadata },
      log: silentLog,
      clock: fakeClock(),
      random: seededRandom(),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const nested = '{"db":{"user":"u","ports":[1,2]},"plain":"p"}';

test('secretstores.local.file: joins nested names with a colon or nestedSeparator', async () => {
  const store = await open(nested);
  assert.deepEqual(await store.get(call, 'db:user'), { 'db:user': 'u' });
  assert.deepEqual([...(await store.getAll(call)).keys()], ['db:user', 'db:ports:0', 'db:ports:1', 'plain']);
  assert.deepEqual(await (await open(nested, { nestedseparator: '.' })).get(call, 'db.user'), { 'db.user': 'u' });
});

test('secretstores.local.file: with multiValued the first level is the name of the secret', async () => {
  const store = await open(nested, { multivalued: 'true' });
  assert.deepEqual(store.features, ['MULTIPLE_KEY_VALUES_PER_SECRET']);
  assert.deepEqual(await store.get(call, 'db'), { user: 'u', 'ports:0': '1', 'ports:1': '2' });
});

test('secretstores.local.file: an absent secret, a missing file and invalid JSON are errors', async () => {
  await assert.rejects((await open(nested)).get(call, 'none'), /secret none not found/);
  await assert.rejects(open('{bad'), /secretsFile .* cannot be read as JSON/);
  await assert.rejects(open('{}', { secretsfile: '' }), /secretsFile is missing/);
});
