export interface WorkerPoolOptions<Item> {
  /** How many handlers run at once. */
  readonly concurrency: number;
  /** Must not reject. */
  readonly handle: (item: Item) => Promise<void>;
  /** Called when a worker has become free, after the next items were started. */
  readonly onFree?: () => void;
}

/** Handles items in order of arrival, with a limited concurrency. */
export interface WorkerPool<Item> {
  add(item: Item): void;
  /** A handler that waits for its next attempt does not count towards the concurrency. */
  setWaiting(item: Item, isWaiting: boolean): void;
  /** The number of running handlers that wait. */
  waiting(): number;
  /** Removes the matching items that are not started yet, and returns them. */
  remove(matches?: (item: Item) => boolean): readonly Item[];
  /** Resolves when the handlers that run now have finished. */
  finished(): Promise<unknown>;
}

export function workerPool<Item>({ concurrency, handle, onFree }: WorkerPoolOptions<Item>): WorkerPool<Item> {
  let queue: Item[] = [];
  const running = new Set<Promise<void>>();
  const waiting = new Set<Item>();

  const start = (item: Item): void => {
    const work = handle(item).finally(() => {
      running.delete(work);
      waiting.delete(item);
      startNext();
      onFree?.();
    });
    running.add(work);
  };

  const startNext = (): void => {
    while (running.size - waiting.size < concurrency) {
      const item = queue.shift();
      if (item === undefined) return;
      start(item);
    }
  };

  return {
    add(item) {
      queue.push(item);
      startNext();
    },
    setWaiting(item, isWaiting) {
      if (!isWaiting) return void waiting.delete(item);
      waiting.add(item);
      startNext();
      onFree?.();
    },
    waiting: () => waiting.size,
    remove(matches = () => true) {
      const removed = queue.filter(matches);
      queue = queue.filter((item) => !matches(item));
      return removed;
    },
    finished: () => Promise.all(running),
  };
}
