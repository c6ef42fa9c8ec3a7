import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { ConfigurationItem, ConfigurationQuery, ConfigurationStore } from './configuration-store.ts';
import { deletedItem } from './configuration-store.ts';
import { type UpdateQueue, updateQueue } from './update-queue.ts';

/** One subscription to one store. */
export interface Subscription {
  readonly updates: UpdateQueue;
  close(): Promise<void>;
}

export interface SubscriptionSource {
  readonly store: ConfigurationStore;
  readonly query: ConfigurationQuery;
  readonly log: Log;
  /** For reads that the subscription starts itself. */
  readonly newCall: () => Call;
}

/**
 * Receives changes; what changed while the connection was interrupted is found by reading again, for the keys that were
 * requested by name. Rejects with the store's error.
 */
export async function subscribeTo(call: Call, source: SubscriptionSource): Promise<Subscription> {
  const { store, query, log } = source;
  const updates = updateQueue();
  const lastSeen = new Map<string, ConfigurationItem>();

  const compare = async (): Promise<void> => {
    if (query.keys.length === 0) {
      log.warn({}, 'changes may have been missed during a lost connection');
      return;
    }
    try {
      const items = await store.get(source.newCall(), query);
      for (const key of query.keys) {
        const item = items.get(key) ?? deletedItem;
        if (isSame(lastSeen.get(key) ?? deletedItem, item)) continue;
        lastSeen.set(key, item);
        updates.add(key, item);
      }
    } catch (cause) {
      log.warn({ keys: query.keys, error: textOf(cause) }, 'reading missed changes failed');
    }
  };

  const watch = await store.watch(call, query, {
    changed(key, item) {
      if (query.keys.length > 0) lastSeen.set(key, item);
      updates.add(key, item);
    },
    resumed: () => void compare(),
  });
  try {
    if (query.keys.length > 0)
      for (const [key, item] of await store.get(call, query)) if (!lastSeen.has(key)) lastSeen.set(key, item);
  } catch (cause) {
    await watch.close();
    throw cause;
  }
  return {
    updates,
    async close() {
      updates.end();
      await watch.close();
    },
  };
}

function isSame(a: ConfigurationItem, b: ConfigurationItem): boolean {
  if (a.value !== b.value || a.version !== b.version) return false;
  const names = Object.keys(a.metadata);
  return (
    names.length === Object.keys(b.metadata).length && names.every((name) => a.metadata[name] === b.metadata[name])
  );
}
