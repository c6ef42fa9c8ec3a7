import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import type { ComponentResource } from '#core/resource.ts';

type Properties = Readonly<Record<string, string>>;

/** The secret name of each metadata entry (lower case) that comes from a secret. */
export function secretNamesOf({ metadata }: ComponentResource): Properties {
  const names: Record<string, string> = {};
  for (const { name, value } of metadata) if (typeof value !== 'string') names[name.toLowerCase()] = value.secretName;
  return names;
}

/** The metadata with secrets resolved. Names as written; of those that differ only in case the last one wins. */
export async function resolveProperties(
  { metadata, secretStore, name: component }: ComponentResource,
  stores: ReadonlyMap<string, Loaded<SecretStore>>,
  call: Call,
): Promise<Properties> {
  const resolved: Record<string, string> = {};
  for (const { name, value, location } of metadata) {
    if (typeof value === 'string') {
      resolved[name] = value;
      continue;
    }
    const { secretName, secretKey } = value;
    const store = stores.get(secretStore);
    if (!store)
      throw new TypeError(
        secretStore === ''
          ? `${location}: ${name} refers to a secret, but ${component} names no store: add auth.secretStore`
          : `${location}: ${name} refers to a secret of ${secretStore}, and there is no such secret store`,
      );
    const secret = await store.port.get(call, secretName);
    const text = secret?.[secretKey];
    if (text === undefined)
      throw new TypeError(`${location}: ${secretStore} has no secret ${secretName} with the key ${secretKey}`);
    resolved[name] = text;
  }
  return resolved;
}

export function inLowerCase(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));
}
