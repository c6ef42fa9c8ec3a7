import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { exercise, rejected } from './exercises.js';

const keys = [
  { keyName: 'aes', keyWrapAlgorithm: 'AES' },
  { keyName: 'rsa.pem', keyWrapAlgorithm: 'RSA' },
];

export async function crypto({ crypto: vault }) {
  for (const key of keys)
    await exercise(`crypto: decrypts what it encrypted with the key ${key.keyName}`, async () => {
      const sealed = await vault.encrypt('treasure', { componentName: 'keys', ...key });
      assert.ok(!sealed.includes('treasure'));
      const opened = await vault.decrypt(sealed, { componentName: 'keys', keyName: key.keyName });
      assert.equal(opened.toString(), 'treasure');
    });

  await exercise('crypto: encrypts and decrypts a stream of three megabytes', async () => {
    const cargo = randomBytes(3_000_000);
    const sealing = await vault.encrypt({
      componentName: 'keys',
      ...keys[0],
      dataEncryptionCipher: 'chacha20-poly1305',
    });
    const sealed = buffer(sealing);
    sealing.end(cargo);
    const opening = await vault.decrypt({ componentName: 'keys' });
    const opened = buffer(opening);
    opening.end(await sealed);
    assert.ok(cargo.equals(await opened));
  });

  await exercise('crypto: a changed message is rejected', async () => {
    const sealed = await vault.encrypt('treasure', { componentName: 'keys', ...keys[0] });
    sealed[sealed.length - 1] ^= 1;
    assert.ok(await rejected(vault.decrypt(sealed, { componentName: 'keys', keyName: 'aes' })));
  });
}
