import type { KeyObject } from 'node:crypto';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { jwksSource } from './jwks-source.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';

/** `crypto.dapr.jwks`: a JSON Web Key Set given inline, in a file, or at a URL. Keys are named by `kid`. */
export const jwksKeyVault: Factory<KeyVault> = async (context) => {
  const source = await jwksSource(context);

  const keyNamed = async (name: string): Promise<KeyObject> => {
    try {
      const key = await source.find(name);
      if (!key) throw new Error('key not found');
      return key;
    } catch (cause) {
      throw new Error(`failed to retrieve the key encryption key: ${textOf(cause)}`, { cause });
    }
  };

  return {
    wrap: async (_call, name, algorithm, key) => wrapKey(await keyNamed(name), algorithm, key),
    unwrap: async (_call, name, algorithm, wrapped) => unwrapKey(await keyNamed(name), algorithm, wrapped),
    close: () => Promise.resolve(),
  };
};
