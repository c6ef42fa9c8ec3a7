/**
 * Lets timers and reminders of different actors fire concurrently, up to a limit, and those of one actor one after
 * another: an actor that is busy for long occupies one slot, however much of it is due.
 */
export class KeyedConcurrencyLimiter {
  readonly #limit: number;
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `work` must not reject. */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const current = this.#afterEarlier(this.#tails.get(key), work);
    this.#tails.set(key, current);
    await current;
    if (this.#tails.get(key) === current) this.#tails.delete(key);
  }

  async #afterEarlier(earlier: Promise<void> | undefined, work: () => Promise<void>): Promise<void> {
    await earlier;
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
