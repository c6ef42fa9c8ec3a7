/** Runs work on one key in order; work on different keys runs concurrently. */
export interface KeyedQueue {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Runs one task on several keys, after all earlier work on any of them. */
  runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Resolves when all work has settled. */
  drained(): Promise<void>;
}

export function keyedQueue(): KeyedQueue {
  const last = new Map<string, Promise<void>>();

  const track = (key: string, ended: Promise<void>): void => {
    last.set(key, ended);
    void ended.then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
  };

  return {
    run(key, work) {
      const before = last.get(key);
      const result = before ? before.then(work) : work();
      track(key, settled(result));
      return result;
    },
    runAll(keys, work) {
      const before = keys.flatMap((key) => last.get(key) ?? []);
      const result = before.length > 0 ? Promise.all(before).then(work) : work();
      const ended = settled(result);
      for (const key of keys) track(key, ended);
      return result;
    },
    async drained() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}

function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => {},
    () => {},
  );
}
