import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { parseKey } from './parse-key.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';

/** `crypto.dapr.localstorage`: each file in the folder `path` is one key, named after the file. Files are read on each use. */
export const localKeyVault: Factory<KeyVault> = async (context) => {
  const folder = settingsReader(context).requiredProperty('path');
  const folderStats = await stat(folder).catch((cause: unknown) => {
    throw new TypeError(`path ${folder} cannot be read: ${textOf(cause)}`, { cause });
  });
  if (!folderStats.isDirectory()) throw new TypeError(`path ${folder} is not a folder`);

  const keyNamed = async (name: string): Promise<KeyObject> => {
    try {
      if (name.includes('\0') || name.split(/[/\\]/).includes('..'))
        throw new Error("invalid key path: cannot contain '..'");
      const bytes = await readFile(join(folder, name)).catch((cause: unknown) => {
        throw new Error(`failed to load key '${name}': ${textOf(cause)}`, { cause });
      });
      return parseKey(bytes);
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
