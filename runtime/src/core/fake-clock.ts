import type { Cancel, Clock } from './clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward, running due tasks in order, and lets promises settle after each task. */
  tick(byMs: number): Promise<void>;
  /** The number of waiting tasks. */
  readonly pending: number;
}

/** A clock for tests: time stands still until `tick`. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startMs;
  let serial = 0;
  const tasks = new Map<number, { due: number; run: () => void }>();
  const nextDue = (): [number, { due: number; run: () => void }] | undefined =>
    [...tasks.entries()].sort(([idA, a], [idB, b]) => a.due - b.due || idA - idB)[0];
  return {
    now: () => now,
    monotonic: () => now - startMs,
    after(delayMs: number, run: () => void): Cancel {
      const id = serial++;
      tasks.set(id, { due: now + Math.max(0, delayMs), run });
      return () => void tasks.delete(id);
    },
    async tick(byMs: number) {
      const until = now + byMs;
      await settle();
      for (let next = nextDue(); next && next[1].due <= until; next = nextDue()) {
        const [id, task] = next;
        tasks.delete(id);
        now = Math.max(now, task.due);
        task.run();
        await settle();
      }
      now = until;
      await settle();
    },
    get pending() {
      return tasks.size;
    },
  };
}

/** Lets ready promise chains and immediates run to their next wait. */
export async function settle(rounds = 10): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
