export interface ConcurrencyGate {
  /** Resolves when there is room, in the order of the calls; rejects with the signal's reason when that comes first. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Call once for each `acquire` that resolved. */
  readonly release: () => void;
}

/** Lets at most `limit` calls run at a time. */
export function concurrencyGate(limit: number): ConcurrencyGate {
  let inside = 0;
  const waiting = new Set<() => void>();
  return {
    acquire(signal) {
      if (inside < limit) {
        inside++;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        const onAbort = (): void => {
          waiting.delete(admit);
          reject(signal.reason as Error);
        };
        waiting.add(admit);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    release() {
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else {
        inside--;
      }
    },
  };
}
