import type { JsonWebKey, KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import { jwkKey } from './parse-key.ts';

export interface JwksSource {
  /** Undefined when the set has no key with this id, even after a refresh if one is allowed. */
  find(id: string): Promise<KeyObject | undefined>;
}

type KeySet = ReadonlyMap<string, KeyObject>;

/** Reads the set once; rejects with the reason when it is invalid. */
export async function jwksSource(context: ComponentContext): Promise<JwksSource> {
  const text = settingsReader(context).requiredProperty('jwks').trim();
  if (/^https?:\/\//.test(text)) return await urlSource(text, context);
  const inline = inlineKeySet(text);
  if (inline === undefined) return await fileSource(text);
  const keys = keysOf(inline);
  return { find: (id) => Promise.resolve(keys.get(id)) };
}

/** The file is read again when it has changed. */
async function fileSource(path: string): Promise<JwksSource> {
  let readAt = -1;
  let keys: KeySet = new Map();
  const refresh = async (): Promise<void> => {
    const { mtimeMs } = await stat(path);
    if (mtimeMs === readAt) return;
    keys = keysOf(await readFile(path, 'utf8'));
    readAt = mtimeMs;
  };
  await refresh().catch((cause: unknown) => {
    throw new TypeError(`jwks is neither a JSON Web Key Set nor the path of a file with one: ${textOf(cause)}`, {
      cause,
    });
  });
  return {
    async find(id) {
      await refresh();
      return keys.get(id);
    },
  };
}

const defaultTimeoutMs = 30_000;
const defaultMinRefreshIntervalMs = 600_000;
const maxKeySetLength = 4 << 20;

/** Fetched again for an unknown key id, but not more often than `minRefreshInterval`. */
async function urlSource(address: string, context: ComponentContext): Promise<JwksSource> {
  const { clock } = context;
  const read = settingsReader(context);
  const timeoutMs = read.duration('requestTimeout') ?? defaultTimeoutMs;
  const minRefreshIntervalMs = read.duration('minRefreshInterval') ?? defaultMinRefreshIntervalMs;
  const timeoutError = (): Error => new Error(`${address} did not respond within ${timeoutMs} ms`);
  const fetchKeys = (): Promise<KeySet> =>
    withTimeout(
      clock,
      timeoutMs,
      async (signal) => {
        const response = await fetch(address, { signal });
        if (!response.ok) throw new Error(`${address} responded with status ${response.status}`);
        const text = await response.text();
        if (text.length > maxKeySetLength)
          throw new Error(`the response of ${address} is too long for a JSON Web Key Set`);
        return keysOf(text);
      },
      timeoutError,
    );
  let keys = await fetchKeys();
  let readAt = clock.monotonic();
  let refreshing: Promise<KeySet> | undefined;
  return {
    async find(id) {
      const cached = keys.get(id);
      if (cached || clock.monotonic() - readAt < minRefreshIntervalMs) return cached;
      refreshing ??= fetchKeys().finally(() => (refreshing = undefined));
      keys = await refreshing;
      readAt = clock.monotonic();
      return keys.get(id);
    },
  };
}

/** Plain JSON, or JSON in base64; undefined when the text is neither. */
function inlineKeySet(text: string): string | undefined {
  if (text.startsWith('{')) return text;
  const decoded = Buffer.from(text, 'base64').toString('utf8').trim();
  return decoded.startsWith('{') && decoded.endsWith('}') ? decoded : undefined;
}

function keysOf(text: string): KeySet {
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw new TypeError('a JSON Web Key Set has a list of keys');
  return new Map(
    (keys as readonly (JsonWebKey & { readonly kid?: string })[]).flatMap((jwk) =>
      typeof jwk.kid === 'string' ? [[jwk.kid, jwkKey(jwk)] as const] : [],
    ),
  );
}
