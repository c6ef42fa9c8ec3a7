import type { Cancel, Clock } from '#core/clock.ts';
import { actorInvokeFailed, actorStackDepth } from './errors.ts';

interface Waiter {
  readonly chain: string | undefined;
  readonly grant: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One turn at a time, in order of arrival. A call chain that already holds the turn may enter again when reentrancy is
 * enabled.
 */
export class TurnQueue {
  readonly #clock: Clock;
  readonly #maxStackDepth: number | undefined;
  readonly #waiting: Waiter[] = [];
  readonly #whenIdle: (() => void)[] = [];
  #chain: string | undefined;
  #depth = 0;

  constructor(clock: Clock, maxStackDepth: number | undefined) {
    this.#clock = clock;
    this.#maxStackDepth = maxStackDepth;
  }

  get isIdle(): boolean {
    return this.#depth === 0;
  }

  /** How often the turn is entered now: 0 when it is free, more than 1 inside a reentrant chain. */
  get depth(): number {
    return this.#depth;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** True when `chain` holds the turn, so that `acquire` admits or rejects it at once. */
  isHeldBy(chain: string | undefined): boolean {
    return chain !== undefined && this.#depth > 0 && this.#maxStackDepth !== undefined && this.#chain === chain;
  }

  /**
   * Undefined when the turn was free: it is now taken. Otherwise resolves when it is acquired; rejects when the signal
   * aborts or `limitMs` has passed first. Every `acquire` must be followed by one `release`.
   */
  acquire(chain: string | undefined, signal: AbortSignal, limitMs: number): Promise<void> | undefined {
    if (this.#depth === 0) {
      this.#depth = 1;
      this.#chain = chain;
      return undefined;
    }
    if (this.isHeldBy(chain)) {
      if (this.#depth >= (this.#maxStackDepth ?? 0)) return Promise.reject(actorStackDepth());
      this.#depth += 1;
      return undefined;
    }
    return this.#wait(chain, signal, limitMs);
  }

  release(): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    const next = this.#waiting.shift();
    if (next) {
      this.#depth = 1;
      this.#chain = next.chain;
      next.grant();
      return;
    }
    this.#chain = undefined;
    for (const notify of this.#whenIdle.splice(0)) notify();
  }

  /** Rejects all waiting calls with `reason`. */
  rejectWaiting(reason: () => Error): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason());
  }

  /** Resolves when no turn runs and none is waiting. */
  idle(): Promise<void> {
    return this.#depth === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #wait(chain: string | undefined, signal: AbortSignal, limitMs: number): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        chain,
        grant: () => {
          done();
          resolve();
        },
        reject: (reason) => {
          done();
          reject(reason);
        },
      };
      const cancelWait = (reason: Error): void => {
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
        waiter.reject(reason);
      };
      const onAbort = (): void => cancelWait(signal.reason as Error);
      const cancel: Cancel = this.#clock.after(limitMs, () =>
        cancelWait(
          actorInvokeFailed(
            `no turn became free within ${limitMs} ms; an actor that is called by what it calls needs reentrancy`,
          ),
        ),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }
}
