import type {
  ConfigurationItem,
  ConfigurationListener,
  ConfigurationQuery,
  ConfigurationStore,
} from '#blocks/configuration/configuration-store.ts';
import { deletedItem } from '#blocks/configuration/configuration-store.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { Cluster } from 'ioredis';
import { type RedisLink, openRedis } from './connection.ts';
import { keyEvents } from './key-events.ts';
import { isErrorReply } from './errors.ts';
import { redisSettings } from './settings.ts';

const separator = '||';

/** `configuration.redis`: plain strings, `value||version`. Rejects when the metadata is invalid or no server responds. */
export const redisConfigurationStore: Factory<ConfigurationStore> = async (context) => {
  const settings = redisSettings(context);
  const link = await openRedis(context, settings);
  const events = await keyEvents(context, settings, link).catch(async (cause: unknown) => {
    await link.close();
    throw cause;
  });

  return {
    async get(_call, { keys }) {
      const names = keys.length > 0 ? [...new Set(keys)] : await allKeys(link);
      const items = await Promise.all(names.map((key) => read(link, key)));
      return new Map(names.flatMap((key, at) => (items[at] ? [[key, items[at]] as const] : [])));
    },

    async watch(_call, { keys }: ConfigurationQuery, listener) {
      const reader = latestReader(link, listener, context);
      const stop = await events.listen(keys.length === 0 ? 'all' : [...new Set(keys)], {
        changed: (key) => reader.read(key),
        resumed: () => listener.resumed(),
      });
      return {
        async close() {
          reader.close();
          await stop();
        },
      };
    },

    async close() {
      await events.close();
      await link.close();
    },
  };
};

/** Reports the current value of a key, once for all events that arrive while it is read. */
function latestReader(link: RedisLink, listener: ConfigurationListener, { name, log }: ComponentContext) {
  const pendingReads = new Map<string, { isStale: boolean }>();
  let isClosed = false;

  const readUntilCurrent = async (key: string, pending: { isStale: boolean }): Promise<void> => {
    do {
      pending.isStale = false;
      try {
        const item = await read(link, key);
        if (!isClosed) listener.changed(key, item ?? deletedItem);
      } catch (cause) {
        if (!isClosed) log.warn({ component: name, key, error: textOf(cause) }, 'a changed key could not be read');
      }
    } while (pending.isStale && !isClosed);
    pendingReads.delete(key);
  };

  return {
    read(key: string): void {
      const pending = pendingReads.get(key);
      if (pending) {
        pending.isStale = true;
        return;
      }
      const first = { isStale: false };
      pendingReads.set(key, first);
      void readUntilCurrent(key, first);
    },
    close(): void {
      isClosed = true;
    },
  };
}

/** Undefined for a key that is absent, empty, or not a string. */
async function read(link: RedisLink, key: string): Promise<ConfigurationItem | undefined> {
  try {
    const stored = await link.read((client) => client.get(key));
    return stored === null ? undefined : itemOf(stored);
  } catch (cause) {
    if (cause instanceof RuntimeError && isErrorReply(cause, 'WRONGTYPE')) return undefined;
    throw cause;
  }
}

function itemOf(stored: string): ConfigurationItem | undefined {
  const [value = '', version = ''] = stored.split(separator);
  return value === '' ? undefined : { value, version, metadata: {} };
}

/** In steps, so that a server with many keys stays responsive. */
async function allKeys(link: RedisLink): Promise<string[]> {
  const { client } = link;
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const keys = new Set<string>();
  for (const node of nodes) {
    for (let cursor = '0'; ;) {
      const from = cursor;
      const [next, page] = await link.read(() => node.scan(from, 'COUNT', 1000));
      for (const key of page) keys.add(key);
      cursor = next;
      if (cursor === '0') break;
    }
  }
  return [...keys].sort();
}
