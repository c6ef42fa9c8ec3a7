import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyWrapAlgorithm } from '#blocks/crypto/key-vault.ts';

/** RFC 3394's default initial value. */
const initialValue = Buffer.alloc(8, 0xa6);
const aesKeyBytes = 32;

/** Throws an Error when the key has another type than the algorithm requires. */
export function wrapKey(vaultKey: KeyObject, algorithm: KeyWrapAlgorithm, key: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'A256KW': {
      const cipher = createCipheriv('id-aes256-wrap', aesKey(vaultKey, 'encrypt'), initialValue);
      return Buffer.concat([cipher.update(key), cipher.final()]);
    }
    case 'RSA-OAEP-256':
      return publicEncrypt({ ...oaep, key: rsaKey(vaultKey) }, key);
  }
}

/** Throws like `wrapKey`, and when the key was wrapped with another key. */
export function unwrapKey(vaultKey: KeyObject, algorithm: KeyWrapAlgorithm, wrapped: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'A256KW': {
      const cipher = createDecipheriv('id-aes256-wrap', aesKey(vaultKey, 'decrypt'), initialValue);
      return Buffer.concat([cipher.update(wrapped), cipher.final()]);
    }
    case 'RSA-OAEP-256': {
      if (vaultKey.type !== 'private') throw mismatch('decrypt');
      return privateDecrypt({ ...oaep, key: vaultKey }, wrapped);
    }
  }
}

const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

function aesKey(key: KeyObject, what: string): KeyObject {
  if (key.type === 'secret' && key.symmetricKeySize === aesKeyBytes) return key;
  throw mismatch(what);
}

function rsaKey(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw mismatch('encrypt');
  return key.type === 'private' ? createPublicKey(key) : key;
}

function mismatch(what: string): Error {
  return new Error(`failed to ${what} data: key type mismatch`);
}
