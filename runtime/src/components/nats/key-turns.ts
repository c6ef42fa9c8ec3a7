/** Work on one key, in the order it comes; work on different keys goes on at once. */
export interface KeyTurns {
  take<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was taken has ended. */
  drained(): Promise<void>;
}

export function keyTurns(): KeyTurns {
  const last = new Map<string, Promise<void>>();
  return {
    take(key, work) {
      const before = last.get(key);
      const result = before ? before.then(work) : work();
      const ended = result.then(
        () => {},
        () => {},
      );
      last.set(key, ended);
      void ended.then(() => {
        if (last.get(key) === ended) last.delete(key);
      });
      return result;
    },
    async drained() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
