import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';

const storeTimeoutMs = 10_000;

/** Rejects when the job store does not respond in time. */
export function withStoreTimeout<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  return withTimeout(
    clock,
    storeTimeoutMs,
    work,
    () => new Error(`the job store did not respond within ${storeTimeoutMs} ms`),
  );
}
