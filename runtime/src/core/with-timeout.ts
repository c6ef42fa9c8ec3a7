import type { Clock } from './clock.ts';

/**
 * The result of `work`, or a rejection with `timeoutError()` when it takes longer than `limitMs`. The signal aborts the
 * work, which is not awaited after that.
 */
export function withTimeout<T>(
  clock: Clock,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutError: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const cancel = clock.after(limitMs, () => {
      const error = timeoutError();
      controller.abort(error);
      reject(error);
    });
    work(controller.signal).then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error as Error);
      },
    );
  });
}
