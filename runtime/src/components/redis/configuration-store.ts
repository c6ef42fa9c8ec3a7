import type {
  ConfigurationItem,
  ConfigurationListener,
  ConfigurationQuery,
  ConfigurationStore,
} from '#blocks/configuration/configuration-store.ts';
import { noItem } from '#blocks/configuration/configuration-store.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { Cluster } from 'ioredis';
import { type RedisLink, openRedis } from './connection.ts';
import { keyEvents } from './key-events.ts';
import { isRefusedWith } from './refusal.ts';
import { redisSettings } from './settings.ts';

const separator = '||';

/** `configuration.redis`: plain strings, `value||version`. Rejects when the metadata is wrong or no server answers. */
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
      const heard = latestReader(link, listener, context);
      const stop = await events.listen(keys.length === 0 ? 'all' : [...new Set(keys)], {
        changed: (key) => heard.read(key),
        resumed: () => listener.resumed(),
      });
      return {
        async close() {
          heard.close();
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

/** Tells what a key holds now, once for all the events that came while it was being read. */
function latestReader(link: RedisLink, listener: ConfigurationListener, { name, log }: ComponentContext) {
  const wanted = new Map<string, { isAgain: boolean }>();
  let isClosed = false;

  const readOn = async (key: string, turn: { isAgain: boolean }): Promise<void> => {
    do {
      turn.isAgain = false;
      try {
        const item = await read(link, key);
        if (!isClosed) listener.changed(key, item ?? noItem);
      } catch (cause) {
        if (!isClosed) log.warn({ component: name, key, error: textOf(cause) }, 'a change could not be read');
      }
    } while (turn.isAgain && !isClosed);
    wanted.delete(key);
  };

  return {
    read(key: string): void {
      const turn = wanted.get(key);
      if (turn) {
        turn.isAgain = true;
        return;
      }
      const first = { isAgain: false };
      wanted.set(key, first);
      void readOn(key, first);
    },
    close(): void {
      isClosed = true;
    },
  };
}

/** Undefined for what is not there, is empty, or is no string. */
async function read(link: RedisLink, key: string): Promise<ConfigurationItem | undefined> {
  try {
    const stored = await link.read((client) => client.get(key));
    return stored === null ? undefined : itemOf(stored);
  } catch (cause) {
    if (cause instanceof RuntimeError && isRefusedWith(cause, 'WRONGTYPE')) return undefined;
    throw cause;
  }
}

function itemOf(stored: string): ConfigurationItem | undefined {
  const [value = '', version = ''] = stored.split(separator);
  return value === '' ? undefined : { value, version, metadata: {} };
}

/** In steps, so that a server with many keys goes on answering others. */
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
