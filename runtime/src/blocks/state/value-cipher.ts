import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Loaded } from '#core/component.ts';
import { textOf, withCause } from '#core/errors.ts';
import { encryptionKeyInvalid, undecipherable } from './errors.ts';

/** Encrypts values, so that they are unreadable in the database. */
export interface ValueCipher {
  encrypt(plain: Uint8Array): Uint8Array;
  /** Throws `undecipherable`. */
  decrypt(stored: Uint8Array): Uint8Array;
}

interface Key {
  readonly name: string;
  readonly algorithm: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';
  readonly bytes: Uint8Array;
}

const separator = '||';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The cipher of a component's `primaryEncryptionKey` and `secondaryEncryptionKey`; undefined without a primary one. The
 * stored form is `base64(nonce, ciphertext, tag)||<name of the secret>`: the first key writes, both read, so that keys
 * can be rotated. Throws `encryptionKeyInvalid`.
 */
export function valueCipher(
  store: Pick<Loaded<unknown>, 'name' | 'metadata' | 'secretNames'>,
): ValueCipher | undefined {
  const primary = keyOf(store, 'primaryEncryptionKey');
  const secondary = keyOf(store, 'secondaryEncryptionKey');
  if (primary === undefined) {
    if (secondary) throw encryptionKeyInvalid(store.name, 'secondaryEncryptionKey', 'needs a primaryEncryptionKey');
    return undefined;
  }
  const suffix = separator + primary.name;

  return {
    encrypt(plain) {
      // not from the injected random source, which may be repeatable: a nonce must never repeat
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(primary.algorithm, primary.bytes, nonce);
      const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return Buffer.from(sealed.toString('base64') + suffix);
    },
    decrypt(stored) {
      const text = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf8');
      const end = text.lastIndexOf(separator);
      const name = end < 0 ? '' : text.slice(end + separator.length);
      if (name === '') throw undecipherable(store.name, 'encryption key name not found on record');
      const key = [primary, secondary].find((one) => one?.name === name);
      if (!key) throw undecipherable(store.name, `it was encrypted with ${name}, which is none of the store's keys`);
      try {
        return opened(key, Buffer.from(text.slice(0, end), 'base64'));
      } catch (cause) {
        throw withCause(undecipherable(store.name, textOf(cause)), cause);
      }
    },
  };
}

function opened(key: Key, sealed: Buffer): Uint8Array {
  const tagAt = sealed.length - tagBytes;
  if (tagAt < nonceBytes) throw new RangeError('it is too short');
  const decipher = createDecipheriv(key.algorithm, key.bytes, sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(tagAt));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, tagAt)), decipher.final()]);
}

function keyOf(
  { name: store, metadata, secretNames }: Pick<Loaded<unknown>, 'name' | 'metadata' | 'secretNames'>,
  setting: 'primaryEncryptionKey' | 'secondaryEncryptionKey',
): Key | undefined {
  const entry = setting.toLowerCase();
  const text = metadata[entry];
  if (text === undefined) return undefined;
  const name = secretNames?.[entry];
  // stored values contain the name of the secret, so there must be one
  if (name === undefined) throw encryptionKeyInvalid(store, setting, 'must be a secretKeyRef');
  if (text === '') throw encryptionKeyInvalid(store, setting, 'must not be empty');
  const bytes = /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
  const algorithm = bytes && algorithms.get(bytes.length);
  if (!bytes || !algorithm) throw encryptionKeyInvalid(store, setting, 'must be 16, 24 or 32 bytes in hex digits');
  return { name, algorithm, bytes };
}

const algorithms = new Map<number, Key['algorithm']>([
  [16, 'aes-128-gcm'],
  [24, 'aes-192-gcm'],
  [32, 'aes-256-gcm'],
]);
