import type { ConfigurationItem } from './configuration-store.ts';

type Items = ReadonlyMap<string, ConfigurationItem>;

/** Changes on their way to one subscriber. */
export interface UpdateQueue {
  add(key: string, item: ConfigurationItem): void;
  /** Resolves with what has changed since the last time, or with undefined when the queue has ended. One caller at a time. */
  next(): Promise<Items | undefined>;
  end(): void;
}

/**
 * Keeps the latest item of each key: a subscriber that is slower than the changes skips those that are outdated, so what
 * waits is never more than there are keys.
 */
export function updateQueue(): UpdateQueue {
  let waiting = new Map<string, ConfigurationItem>();
  let isEnded = false;
  let wake = (): void => {};
  return {
    add(key, item) {
      if (isEnded) return;
      // moved to the end, so that keys come in the order of their latest change
      waiting.delete(key);
      waiting.set(key, item);
      wake();
    },
    async next() {
      if (!isEnded && waiting.size === 0) await new Promise<void>((resolve) => (wake = resolve));
      if (isEnded) return undefined;
      const batch = waiting;
      waiting = new Map();
      return batch;
    },
    end() {
      isEnded = true;
      waiting.clear();
      wake();
    },
  };
}
