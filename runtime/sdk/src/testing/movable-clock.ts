import type { Random, Clock } from '../ports.ts';

export interface MovableClock extends Clock {
  /** Moves forward and runs what falls due on the way; never back. */
  moveTo(time: number): void;
}

/** A clock that stands still until it is moved. */
export function movableClock(startMs: number): MovableClock {
  let now = startMs;
  const tasks: { readonly dueAt: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, run) {
      const task = { dueAt: now + Math.max(0, delayMs), run };
      tasks.push(task);
      return () => {
        const at = tasks.indexOf(task);
        if (at >= 0) tasks.splice(at, 1);
      };
    },
    moveTo(time) {
      for (;;) {
        const next = tasks.filter(({ dueAt }) => dueAt <= time).toSorted((a, b) => a.dueAt - b.dueAt)[0];
        if (next === undefined) break;
        tasks.splice(tasks.indexOf(next), 1);
        now = Math.max(now, next.dueAt);
        next.run();
      }
      now = Math.max(now, time);
    },
  };
}

/** The same sequence for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const random = (): number => {
    // A counter and a mixer are enough for distinct runs.
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = (): string => `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`;
  return { random, uuid };
}
