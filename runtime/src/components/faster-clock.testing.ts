import type { Clock } from '#core/clock.ts';
import { systemClock } from '#host/clock.ts';

/** Real time on which `speed` seconds pass in one: for waits that nothing ends. */
export function fasterClock(speed: number): Clock {
  const clock = systemClock();
  return {
    now: () => clock.now() * speed,
    monotonic: () => clock.monotonic() * speed,
    after: (delayMs, task) => clock.after(delayMs / speed, task),
  };
}
