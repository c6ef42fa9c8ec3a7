import type { Clock } from '#core/clock.ts';
import { systemClock } from '#host/process/clock.ts';

/** A real clock that runs `speed` times as fast, for timeouts. */
export function fasterClock(speed: number): Clock {
  const clock = systemClock();
  return {
    now: () => clock.now() * speed,
    monotonic: () => clock.monotonic() * speed,
    after: (delayMs, task) => clock.after(delayMs / speed, task),
  };
}
