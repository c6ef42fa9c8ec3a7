/** Time is injected, so that tests move it and never sleep. */
export interface Clock {
  /** Milliseconds since the epoch, with fractions. */
  now(): number;
  /** Milliseconds that never go back; for durations and leases. */
  monotonic(): number;
  /** Runs `task` once after `delayMs` (any length; negative means at once). The task must not throw. */
  after(delayMs: number, task: () => void): Cancel;
}

export type Cancel = () => void;

/** Resolves after `delayMs`; rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
