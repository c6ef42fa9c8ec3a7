import type { Cancel, Clock } from './clock.ts';

/** Tasks that run once after a delay, and that their owner cancels together when it is closed. */
export class ScheduledTasks {
  readonly #clock: Clock;
  readonly #cancels = new Set<Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, task: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      task();
    });
    this.#cancels.add(cancel);
  }

  cancelAll(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
