import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { cryptoFailed } from './errors.ts';
import type { KeyWrapAlgorithm } from './key-vault.ts';

export type DataCipher = 'aes-gcm' | 'chacha20-poly1305';

/** The header of an encrypted message. */
export interface Manifest {
  /** Empty when the key must be named for decryption. */
  readonly keyName: string;
  readonly algorithm: KeyWrapAlgorithm;
  readonly wrappedKey: Uint8Array;
  readonly cipher: DataCipher;
  readonly noncePrefix: Uint8Array;
}

/** The key that encrypts the segments of one message. */
export interface PayloadKey {
  readonly key: Uint8Array;
  readonly cipher: DataCipher;
  readonly noncePrefix: Uint8Array;
}

export const schemeName = 'dapr.io/enc/v1';
export const fileKeyBytes = 32;
export const noncePrefixBytes = 7;

/** Numbers of the format. 2 to 4 are AES-CBC, whose nonce does not fit into the format: they cannot be used. */
const algorithmNumbers: Readonly<Record<KeyWrapAlgorithm, number>> = { A256KW: 1, 'RSA-OAEP-256': 5 };
const cipherNumbers: Readonly<Record<DataCipher, number>> = { 'aes-gcm': 1, 'chacha20-poly1305': 2 };

/** The three lines before the payload: scheme, manifest, and a MAC that authenticates both with the file key. */
export function signedHeader(manifest: Manifest, fileKey: Uint8Array): Uint8Array {
  const { keyName, algorithm, wrappedKey, cipher, noncePrefix } = manifest;
  const json = JSON.stringify({
    ...(keyName === '' ? {} : { k: keyName }),
    kw: algorithmNumbers[algorithm],
    wfk: Buffer.from(wrappedKey).toString('base64'),
    cph: cipherNumbers[cipher],
    np: Buffer.from(noncePrefix).toString('base64'),
  });
  const signed = `${schemeName}\n${json}\n`;
  return Buffer.from(`${signed}${codeOf(signed, fileKey).toString('base64')}\n`);
}

/** Throws `cryptoFailed` when the lines were not signed with this key. */
export function checkSignature(manifestLine: string, codeLine: string, fileKey: Uint8Array): void {
  const expected = codeOf(`${schemeName}\n${manifestLine}\n`, fileKey);
  const received = Buffer.from(codeLine, 'base64');
  if (received.length !== expected.length || !timingSafeEqual(received, expected))
    throw cryptoFailed("failed to validate the document's signature");
}

/** The error gives no details, since the sender may be an attacker. */
export function parseManifest(line: string): Manifest {
  try {
    const { k, kw, wfk, cph, np } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const algorithm = keyOf(algorithmNumbers, kw);
    const cipher = keyOf(cipherNumbers, cph);
    const wrappedKey = Buffer.from(String(wfk), 'base64');
    const noncePrefix = Buffer.from(String(np), 'base64');
    const isComplete = wrappedKey.length > 0 && noncePrefix.length === noncePrefixBytes;
    if (algorithm && cipher && isComplete && (k === undefined || typeof k === 'string'))
      return { keyName: k ?? '', algorithm, wrappedKey, cipher, noncePrefix };
  } catch {
    // reported below like every other invalid manifest
  }
  throw cryptoFailed('invalid header: invalid manifest');
}

export function payloadKey(fileKey: Uint8Array, { cipher, noncePrefix }: Manifest): PayloadKey {
  return { key: derived(fileKey, noncePrefix, 'payload'), cipher, noncePrefix };
}

function codeOf(signed: string, fileKey: Uint8Array): Buffer {
  return createHmac('sha256', derived(fileKey, Buffer.alloc(0), 'header'))
    .update(signed)
    .digest();
}

function derived(fileKey: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', fileKey, salt, info, 32));
}

function keyOf<Key extends string>(numbers: Readonly<Record<Key, number>>, expected: unknown): Key | undefined {
  return (Object.keys(numbers) as Key[]).find((key) => numbers[key] === expected);
}
