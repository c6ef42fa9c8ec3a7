import { ProblemError, isTransient } from '../data/problem-error.ts';

/** The outcome of an attempt whose response was lost. */
export type AttemptOutcome =
  | { readonly state: 'placed'; readonly orderId: string }
  /** The shop responded several times that it has no order for this key. */
  | { readonly state: 'not-placed' }
  /** The shop did not respond within the limit, or not often enough to be sure. */
  | { readonly state: 'unknown' };

export interface FindPlacedOrder {
  readonly lookUp: (key: string, signal: AbortSignal) => Promise<{ readonly orderId: string }>;
  /** Rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export const searchLimitMs = 30_000;
const delaysMs = [500, 1_000, 2_000, 4_000, 8_000];
/** The request may still be in transit when its connection has already failed, so one 404 proves nothing. */
const notFoundThreshold = 4;

/** Looks up an attempt by its key, with backoff, until the outcome is clear or the time limit is reached. */
export const findPlacedOrder = async (
  key: string,
  { lookUp, wait, now, signal }: FindPlacedOrder,
): Promise<AttemptOutcome> => {
  const startedAt = now();
  let notFoundCount = 0;
  for (let attempts = 0; ; attempts++) {
    let pauseMs = delaysMs[Math.min(attempts, delaysMs.length - 1)] ?? 0;
    try {
      const { orderId } = await lookUp(key, signal);
      return { state: 'placed', orderId };
    } catch (error) {
      signal.throwIfAborted();
      const isNotFound = error instanceof ProblemError && error.problem.status === 404;
      if (isNotFound && ++notFoundCount === notFoundThreshold) return { state: 'not-placed' };
      if (!isNotFound && !isTransient(error)) return { state: 'unknown' };
      if (isTransient(error)) pauseMs = Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1000);
    }
    if (now() + pauseMs - startedAt > searchLimitMs) return { state: 'unknown' };
    await wait(pauseMs, signal);
  }
};

export const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
