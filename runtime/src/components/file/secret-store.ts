import { readFile } from 'node:fs/promises';
import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';

/**
 * `secretstores.local.file`: a JSON file, read once. Nested objects become names joined by `nestedSeparator`
 * (`a:b:c`). With `multiValued`, the first level is the name of the secret and the levels below are its values.
 */
export async function fileSecretStore(context: ComponentContext): Promise<SecretStore> {
  const read = settingsReader(context);
  const file = read.required('secretsFile', 'set it to the path of a JSON file');
  const separator = read.text('nestedSeparator', ':');
  const isMultiValued = read.isTruthy('multiValued');
  const secrets = namedSecrets(await readJson(file), separator, isMultiValued);
  return {
    features: isMultiValued ? ['MULTIPLE_KEY_VALUES_PER_SECRET'] : [],
    async get(_call, key) {
      const secret = secrets.get(key);
      if (!secret) throw new RangeError(`secret ${key} not found`);
      return secret;
    },
    async getAll() {
      return secrets;
    },
    async close() {},
  };
}

async function readJson(file: string): Promise<object> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new TypeError(`secretsFile ${file} cannot be read as JSON: ${textOf(cause)}`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError(`secretsFile ${file} is not a JSON object`);
  return parsed;
}

function namedSecrets(
  content: object,
  separator: string,
  isMultiValued: boolean,
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  if (!isMultiValued)
    return new Map([...flattened(content, separator)].map(([name, value]) => [name, { [name]: value }]));
  return new Map(
    Object.entries(content).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'object' && value !== null
        ? Object.fromEntries(flattened(value, separator))
        : { [name]: String(value) },
    ]),
  );
}

function* flattened(content: object, separator: string, path = ''): Iterable<[string, string]> {
  for (const [name, value] of Object.entries(content) as [string, unknown][]) {
    const full = path === '' ? name : path + separator + name;
    if (typeof value === 'object' && value !== null) yield* flattened(value, separator, full);
    else yield [full, typeof value === 'string' ? value : JSON.stringify(value)];
  }
}
