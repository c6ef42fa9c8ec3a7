import assert from 'node:assert/strict';
import { createHash, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import type { CryptoBlock, EncryptRequest } from '#blocks/crypto/crypto.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { type Body, readBody } from '#core/message.ts';
import { jwksKeyVault } from './jwks.ts';
import { localKeyVault } from './local-keys.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function context(metadata: Readonly<Record<string, string>>): ComponentContext {
  return {
    name: 'vault',
    type: 'crypto',
    version: 'v1',
    metadata,
    appId: 'shop',
    namespace: '',
    log: silentLog,
    clock: fakeClock(),
    random: seededRandom(),
  };
}

function blockOn(port: KeyVault): CryptoBlock {
  const vaults = new Map([['vault', { name: 'vault', type: 'crypto', version: 'v1', metadata: {}, port }]]);
  return cryptoBlock({ vaults, recorder: silentRecorder, random: seededRandom(7) });
}

/** A folder with one key of every kind that a file may hold. */
async function keyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'keys-'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const symmetric = Buffer.alloc(32, 7);
  const files: Readonly<Record<string, string | Buffer>> = {
    k: symmetric.toString('base64'),
    raw: Buffer.concat([Buffer.from([0xff, 0xfe]), randomBytes(30)]),
    'jwk.json': JSON.stringify(createSecretKey(symmetric).export({ format: 'jwk' })),
    'rsa.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'rsa-public.pem': publicKey.export({ type: 'spki', format: 'pem' }),
    short: randomBytes(16).toString('base64'),
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(path, name), content)));
  const block = blockOn(await localKeyVault(context({ path })));
  return { path, block, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function request(keyName: string, keyWrapAlgorithm = 'AES', more: Partial<EncryptRequest> = {}): EncryptRequest {
  return { componentName: 'vault', keyName, keyWrapAlgorithm, ...more };
}

async function encrypted(block: CryptoBlock, options: EncryptRequest, plain: Body): Promise<Buffer> {
  return Buffer.from(await readBody(await block.encrypt(call, options, plain)));
}

async function decrypted(block: CryptoBlock, secret: Body, keyName = ''): Promise<Buffer> {
  return Buffer.from(await readBody(await block.decrypt(call, { componentName: 'vault', keyName }, secret)));
}

/** In pieces of a size that fits nothing. */
async function* chunks(bytes: Uint8Array, size = 1013): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('crypto: decrypts what it encrypted, for all lengths, keys and ciphers', async () => {
  await using keys = await keyFolder();
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
    const plain = randomBytes(length);
    for (const [key, algorithm] of [
      ['k', 'A256KW'],
      ['raw', 'AES'],
      ['jwk.json', 'AES'],
      ['rsa.pem', 'RSA'],
    ] as const)
      for (const dataEncryptionCipher of ['', 'chacha20-poly1305']) {
        const secret = await encrypted(keys.block, request(key, algorithm, { dataEncryptionCipher }), chunks(plain));
        assert.deepEqual(
          await decrypted(keys.block, chunks(secret)),
          plain,
          `${length} ${key} ${dataEncryptionCipher}`,
        );
      }
  }
});

test('crypto: decrypts messages of the reference sidecar', async () => {
  await using keys = await keyFolder();
  const messages = [
    'ZGFwci5pby9lbmMvdjEKeyJrIjoiayIsImt3IjoxLCJ3ZmsiOiJKV2wwT0ZXandkandUc0QrcEkvUUsyK3BSbk1XeGg5ZEIwQjlnbTBaai92UjloZW9sY1dYOEE9PSIsImNwaCI6MSwibnAiOiIvRHJJeGRkSGR3PT0ifQowaFRDc1BOYXp0N3ZCYXVocU5qNFczSUY3eXFTNFhCOWNsVktKcU0ycWs0PQrZ1VL/vQRiA7kspIdVFAmDVd5CpvrUITu0fD1BxSIxfXJVjpLQ',
    'ZGFwci5pby9lbmMvdjEKeyJrIjoiayIsImt3IjoxLCJ3ZmsiOiIzVXd6WDlkNUdRRWpjUWRsR2pBOFNHZkhhODhYSzAyd3hBYVduT21kZUdTZUlyNG5HVzBLZXc9PSIsImNwaCI6MiwibnAiOiI5aGxrTUQ0WTFBPT0ifQpOaWFhTlRyMkNTR24xLytZS0JaWlFySGN6WjhsSmViN1duSDNpRG0yaDJFPQpvp1F6OJ0bMd7JyOTw/V76O0Eghj3/trjmqASUn+mxpYD2iX6I',
  ];
  for (const message of messages)
    assert.equal(String(await decrypted(keys.block, Buffer.from(message, 'base64'))), 'said by the reference');
});

test('crypto: the encrypted format is upstream’s, byte for byte', async () => {
  await using keys = await keyFolder();
  const secret = await encrypted(keys.block, request('k'), Buffer.from('the same for the same random source'));
  const [scheme, manifest] = secret.toString('latin1').split('\n');
  assert.equal(scheme, 'dapr.io/enc/v1');
  assert.match(manifest ?? '', /^\{"k":"k","kw":1,"wfk":"[\w+/]{54}==","cph":1,"np":"[\w+/]{10}=="\}$/);
  assert.equal(
    createHash('sha256').update(secret).digest('hex'),
    createHash('sha256')
      .update(
        await encrypted(
          blockOn(await localKeyVault(context({ path: keys.path }))),
          request('k'),
          Buffer.from('the same for the same random source'),
        ),
      )
      .digest('hex'),
  );
});

test('crypto: the message contains its key name, a decryption key name, or none', async () => {
  await using keys = await keyFolder();
  const plain = Buffer.from('x');
  const under = await encrypted(keys.block, request('rsa-public.pem', 'RSA', { decryptionKeyName: 'rsa.pem' }), plain);
  assert.deepEqual(await decrypted(keys.block, under), plain);
  const nameless = await encrypted(keys.block, request('k', 'AES', { omitDecryptionKeyName: true }), plain);
  await assert.rejects(decrypted(keys.block, nameless), /does not contain a key name/);
  assert.deepEqual(await decrypted(keys.block, nameless, 'k'), plain);
});

test('crypto: a modified message is rejected, and no byte of the modified segment is returned', async () => {
  await using keys = await keyFolder();
  const plain = randomBytes(150_000);
  const secret = await encrypted(keys.block, request('k'), plain);
  const headerEnd = secret.length - (150_000 + 3 * 16);
  const changedAt = (at: number): Buffer => {
    const copy = Buffer.from(secret);
    copy.writeUInt8((copy[at] ?? 0) ^ 1, at);
    return copy;
  };
  await assert.rejects(decrypted(keys.block, changedAt(30)), /signature|manifest/);
  const received: Buffer[] = [];
  await assert.rejects(async () => {
    const bad = changedAt(headerEnd + 65_552 + 5);
    for await (const chunk of await keys.block.decrypt(call, { componentName: 'vault' }, bad))
      received.push(Buffer.from(chunk));
  }, /error processing segment 1/);
  assert.deepEqual(Buffer.concat(received), plain.subarray(0, 65_536));
  await assert.rejects(
    decrypted(keys.block, secret.subarray(0, headerEnd + 2 * 65_552)),
    /segment 1/,
    'cut at a border',
  );
  await assert.rejects(decrypted(keys.block, secret.subarray(0, -1)), /segment 2/);
  const swapped = Buffer.from(secret);
  secret.copy(swapped, headerEnd, headerEnd + 65_552, headerEnd + 2 * 65_552);
  await assert.rejects(decrypted(keys.block, swapped), /segment 0/);
});

test('crypto: invalid messages have distinct errors, a wrong key and a missing key the same', async () => {
  await using keys = await keyFolder();
  const decryptInvalid = (bytes: string | Buffer, key?: string) => decrypted(keys.block, Buffer.from(bytes), key);
  await assert.rejects(decryptInvalid(''), /scheme name not found/);
  await assert.rejects(decryptInvalid('garbage'), /scheme name not found/);
  await assert.rejects(decryptInvalid('other/v1\n{}\nx\n'), /unsupported scheme/);
  await assert.rejects(decryptInvalid('dapr.io/enc/v1\n\nx\n'), /invalid format/);
  await assert.rejects(decryptInvalid('dapr.io/enc/v1\n{"kw":9}\nx\n'), /invalid manifest/);
  await assert.rejects(decryptInvalid(`dapr.io/enc/v1\n${'a'.repeat(200_000)}`), /manifest not found/);
  const secret = await encrypted(keys.block, request('k'), Buffer.from('x'));
  for (const key of ['raw', 'missing', 'rsa.pem', 'short'])
    await assert.rejects(decryptInvalid(secret, key), /signature/);
});

test('crypto: rejects a key of the wrong type, an unknown name, and a path outside the folder', async () => {
  await using keys = await keyFolder();
  const plain = Buffer.from('x');
  await assert.rejects(encrypted(keys.block, request('k', 'RSA'), plain), /key type mismatch/);
  await assert.rejects(encrypted(keys.block, request('short'), plain), /key type mismatch/);
  await assert.rejects(encrypted(keys.block, request('missing'), plain), /failed to load key 'missing'/);
  await assert.rejects(encrypted(keys.block, request('../x'), plain), /cannot contain '\.\.'/);
  await assert.rejects(encrypted(keys.block, request('k', 'A256CBC'), plain), /algorithm A256CBC is not supported/);
  const cipher = { dataEncryptionCipher: 'rot13' };
  await assert.rejects(encrypted(keys.block, request('k', 'AES', cipher), plain), /cipher ROT13 is not supported/);
});

test('crypto.dapr.jwks: accepts inline JSON, base64, and a file that is reloaded when it changes', async () => {
  await using keys = await keyFolder();
  const set = (kid: string): string =>
    JSON.stringify({ keys: [{ kid, ...createSecretKey(Buffer.alloc(32, 3)).export({ format: 'jwk' }) }] });
  const plain = Buffer.from('x');
  for (const jwks of [set('one'), Buffer.from(set('one')).toString('base64')]) {
    const block = blockOn(await jwksKeyVault(context({ jwks })));
    assert.deepEqual(await decrypted(block, await encrypted(block, request('one'), plain)), plain);
    await assert.rejects(encrypted(block, request('two'), plain), /key not found/);
  }
  const file = join(keys.path, 'set.json');
  await writeFile(file, set('one'));
  const block = blockOn(await jwksKeyVault(context({ jwks: file })));
  await encrypted(block, request('one'), plain);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await writeFile(file, set('two'));
  await encrypted(block, request('two'), plain);
  await assert.rejects(
    jwksKeyVault(context({ jwks: '/no/such/file' })),
    /neither a JSON Web Key Set nor the path of a file/,
  );
});
