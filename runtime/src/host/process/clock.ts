import { performance } from 'node:perf_hooks';
import type { Cancel, Clock } from '#core/clock.ts';

/** Node fires longer timers immediately, with a warning. */
const longestTimerMs = 2 ** 31 - 1;
/** A larger difference between the two clocks means that the wall clock was set or the machine slept. */
const toleratedDriftMs = 20;

/** The system clock. `now` has the fractions of the monotonic clock and follows the wall clock when that is set. */
export function systemClock(): Clock {
  let origin = performance.timeOrigin;
  return {
    now() {
      const wall = Date.now();
      const fine = origin + performance.now();
      if (Math.abs(fine - wall) <= toleratedDriftMs) return fine;
      origin += wall - fine;
      return wall;
    },
    monotonic: () => performance.now(),
    after,
  };
}

function after(delayMs: number, task: () => void): Cancel {
  const dueAt = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (remainingMs: number): void => {
    timer =
      remainingMs > longestTimerMs
        ? setTimeout(() => arm(dueAt - performance.now()), longestTimerMs)
        : setTimeout(task, Math.max(0, remainingMs));
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}
