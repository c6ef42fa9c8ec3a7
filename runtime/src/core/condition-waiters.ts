import type { Clock } from './clock.ts';

interface Waiter {
  check(): void;
  reject(failure: Error): void;
}

/** Callers that wait for a condition which changes only at known moments, such as the state of a connection. */
export class ConditionWaiters {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when `holds`, which is checked now and at each `recheck`. Rejects with `late()` at `deadline` (monotonic). */
  until(holds: () => boolean, deadline: number, late: () => Error): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (finish: () => void): void => {
        this.#waiters.delete(waiter);
        cancel();
        finish();
      };
      const waiter: Waiter = {
        check: () => void (holds() && end(resolve)),
        reject: (failure) => end(() => reject(failure)),
      };
      const cancel = this.#clock.after(deadline - this.#clock.monotonic(), () => end(() => reject(late())));
      this.#waiters.add(waiter);
    });
  }

  recheck(): void {
    for (const waiter of this.#waiters) waiter.check();
  }

  rejectAll(failure: Error): void {
    for (const waiter of this.#waiters) waiter.reject(failure);
  }
}
