import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { textOf } from '#core/errors.ts';

/** A key in a file: PEM, a JSON Web Key, or the bytes of a symmetric key, plain or in base64. Throws an Error. */
export function parseKey(bytes: Uint8Array): KeyObject {
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text.startsWith('-----BEGIN')) return pemKey(text);
  if (text.startsWith('{')) return jwkKey(JSON.parse(text) as JsonWebKey);
  if (bytes.length === 0) throw new Error('the key is empty');
  return createSecretKey(base64Bytes(text) ?? bytes);
}

/** Throws an Error with the reason when the key is invalid. */
export function jwkKey(jwk: JsonWebKey): KeyObject {
  if (jwk.kty === 'oct') return createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'));
  try {
    return jwk.d === undefined
      ? createPublicKey({ key: jwk, format: 'jwk' })
      : createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Error(`the JSON Web Key cannot be read: ${textOf(cause)}`, { cause });
  }
}

function pemKey(text: string): KeyObject {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? createPrivateKey(text) : createPublicKey(text);
}

/** Undefined when the text is not base64 in either alphabet. */
function base64Bytes(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
