import type { ConfigurationItem } from './configuration-store.ts';

type Items = ReadonlyMap<string, ConfigurationItem>;

/** Pending changes of one subscriber. */
export interface UpdateQueue {
  add(key: string, item: ConfigurationItem): void;
  /**
   * Resolves with the changes since the last call, or with undefined when the queue has ended. One caller at a time.
   */
  next(): Promise<Items | undefined>;
  end(): void;
}

/**
 * Holds the latest item of each key: a subscriber that is slower than the changes skips outdated ones, so the queue
 * never exceeds the number of keys.
 */
export function updateQueue(): UpdateQueue {
  let waiting = new Map<string, ConfigurationItem>();
  let isEnded = false;
  let wake = (): void => {};
  return {
    add(key, item) {
      if (isEnded) return;
      // moved to the end, so that keys are in the order of their latest change
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
