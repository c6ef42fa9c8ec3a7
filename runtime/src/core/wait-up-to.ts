import type { Clock } from './clock.ts';

/** Resolves when `work` has settled or after `limitMs`, whichever comes first. */
export function waitUpTo(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(limitMs, resolve);
    const end = (): void => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}
