import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Body } from '#core/message.ts';
import { checkSignature, fileKeyBytes, noncePrefixBytes, parseManifest, payloadKey, signedHeader } from './envelope.ts';
import type { DataCipher, Manifest } from './envelope.ts';
import { cryptoFailed, cryptoNotConfigured, cryptoProviderNotFound, cryptoRequestInvalid } from './errors.ts';
import { readHeader } from './header-reader.ts';
import type { ReadHeader } from './header-reader.ts';
import type { KeyVault, KeyWrapAlgorithm } from './key-vault.ts';
import { opened, sealed } from './segments.ts';

export interface EncryptRequest {
  readonly componentName: string;
  readonly keyName: string;
  /** `A256KW` or `AES`, `RSA-OAEP-256` or `RSA`. */
  readonly keyWrapAlgorithm: string;
  /** `aes-gcm` (the default) or `chacha20-poly1305`. */
  readonly dataEncryptionCipher?: string;
  /** Then the key must be named for decryption. */
  readonly omitDecryptionKeyName?: boolean;
  /** Written into the message instead of `keyName`. */
  readonly decryptionKeyName?: string;
}

export interface DecryptRequest {
  readonly componentName: string;
  /** Replaces the key name in the message. */
  readonly keyName?: string;
}

/**
 * Encrypts and decrypts streams of any length in Dapr's format, with keys that stay in a vault. Both resolve when the
 * key is known to fit; later errors are thrown while the stream is read.
 */
export interface CryptoBlock {
  /** Throws when there is no such component: checked before the rest of a request. */
  requireComponent(name: string): void;
  encrypt(call: Call, request: EncryptRequest, plain: Body): Promise<AsyncIterable<Uint8Array>>;
  decrypt(call: Call, request: DecryptRequest, secret: Body): Promise<AsyncIterable<Uint8Array>>;
}

export interface CryptoOptions {
  readonly vaults: ReadonlyMap<string, Loaded<KeyVault>>;
  readonly recorder: Recorder;
  /** Keys are generated from it, so it must be cryptographically secure. */
  readonly random: Random;
}

export function cryptoBlock({ vaults, recorder, random }: CryptoOptions): CryptoBlock {
  const vaultNamed = (name: string): KeyVault => {
    if (vaults.size === 0) throw cryptoNotConfigured();
    const loaded = vaults.get(name);
    if (!loaded) throw cryptoProviderNotFound(name);
    return loaded.port;
  };
  const recorded = <T>(call: Call, name: string, operation: string, work: (call: Call) => Promise<T>): Promise<T> =>
    recorder.record(call, { kind: 'crypto', name, attributes: { operation } }, async (inner) => {
      try {
        return await work(inner);
      } catch (cause) {
        throw cause instanceof RuntimeError ? cause : withCause(cryptoFailed(textOf(cause)), cause);
      }
    });
  const randomBytes = (bytes: number): Uint8Array => Buffer.from(random.hex(bytes), 'hex');

  return {
    requireComponent: (name) => void vaultNamed(name),
    async encrypt(call, request, plain) {
      const { componentName, keyName } = request;
      const vault = vaultNamed(componentName);
      if (keyName === '') throw cryptoRequestInvalid('missing property keyName in the options message');
      if (request.keyWrapAlgorithm === '')
        throw cryptoRequestInvalid('missing property keyWrapAlgorithm in the options message');
      return await recorded(call, componentName, 'encrypt', async (inner) => {
        const algorithm = algorithmNamed(request.keyWrapAlgorithm);
        const cipher = cipherNamed(request.dataEncryptionCipher || 'aes-gcm');
        const fileKey = randomBytes(fileKeyBytes);
        const wrappedKey = await vault.wrap(inner, keyName, algorithm, fileKey).catch((cause: unknown) => {
          throw withCause(cryptoFailed(`failed to wrap the file key: ${textOf(cause)}`), cause);
        });
        const manifest: Manifest = {
          keyName: request.omitDecryptionKeyName ? '' : request.decryptionKeyName || keyName,
          algorithm,
          wrappedKey,
          cipher,
          noncePrefix: randomBytes(noncePrefixBytes),
        };
        return message(signedHeader(manifest, fileKey), sealed(plain, payloadKey(fileKey, manifest)));
      });
    },

    async decrypt(call, { componentName, keyName: requestedKey = '' }, secret) {
      const vault = vaultNamed(componentName);
      return await recorded(call, componentName, 'decrypt', async (inner) => {
        const header = await readHeader(secret);
        try {
          return opened(header.payload, await keyOf(inner, vault, header, requestedKey));
        } catch (cause) {
          await header.release();
          throw cause;
        }
      });
    },
  };
}

/** The key of the payload. Throws `cryptoFailed` when the header was not made with the key it names. */
async function keyOf(call: Call, vault: KeyVault, { manifest: line, code }: ReadHeader, requestedKey: string) {
  const manifest = parseManifest(line);
  const keyName = requestedKey || manifest.keyName;
  if (keyName === '')
    throw cryptoFailed("document's manifest does not contain a key name, and no key name was provided");
  const noKey = new Uint8Array(fileKeyBytes);
  // A missing key and one that does not fit give the same error, so that callers cannot find out which keys exist.
  const unwrapped = await vault.unwrap(call, keyName, manifest.algorithm, manifest.wrappedKey).catch(() => noKey);
  const fileKey = unwrapped.length === fileKeyBytes ? unwrapped : noKey;
  checkSignature(line, code, fileKey);
  return payloadKey(fileKey, manifest);
}

async function* message(header: Uint8Array, payload: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield header;
  yield* payload;
}

function algorithmNamed(name: string): KeyWrapAlgorithm {
  switch (name.toUpperCase()) {
    case 'A256KW':
    case 'AES':
      return 'A256KW';
    case 'RSA-OAEP-256':
    case 'RSA':
      return 'RSA-OAEP-256';
    default:
      throw cryptoFailed(`option Algorithm is not valid: algorithm ${name} is not supported`);
  }
}

function cipherNamed(name: string): DataCipher {
  const lower = name.toLowerCase();
  if (lower === 'aes-gcm' || lower === 'chacha20-poly1305') return lower;
  throw cryptoFailed(`option Cipher is not valid: cipher ${name.toUpperCase()} is not supported`);
}
