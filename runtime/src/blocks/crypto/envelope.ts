import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { cryptoFailed } from './errors.ts';
import type { KeyWrapAlgorithm } from './key-vault.ts';

export type DataCipher = 'aes-gcm' | 'chacha20-poly1305';

/** What stands at the head of an encrypted message. */
export interface Manifest {
  /** Empty when whoever decrypts has to know. */
  readonly keyName: string;
  readonly algorithm: KeyWrapAlgorithm;
  readonly wrappedKey: Uint8Array;
  readonly cipher: DataCipher;
  readonly noncePrefix: Uint8Array;
}

/** What seals the segments of one message. */
export interface PayloadKey {
  readonly key: Uint8Array;
  readonly cipher: DataCipher;
  readonly noncePrefix: Uint8Array;
}

export const schemeName = 'dapr.io/enc/v1';
export const fileKeyBytes = 32;
export const noncePrefixBytes = 7;

/** Numbers of the wire. 2 to 4 are AES-CBC, which needs a nonce that the format has no room for: nobody can use them. */
const algorithmNumbers: Readonly<Record<KeyWrapAlgorithm, number>> = { A256KW: 1, 'RSA-OAEP-256': 5 };
const cipherNumbers: Readonly<Record<DataCipher, number>> = { 'aes-gcm': 1, 'chacha20-poly1305': 2 };

/** The three lines before the payload: scheme, manifest, and a code that proves both with the file key. */
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

/** Says no more than that it is wrong: who sends it may be trying things out. */
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
    // told below like everything else that is wrong with it
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
