import type { Clock } from '#core/clock.ts';
import type { BreakerRule } from '#core/resiliency-resource.ts';
import { breakerBusy, breakerOpen } from './errors.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Since the breaker last changed its state, or its interval last ended. */
export interface BreakerCounts {
  readonly requests: number;
  readonly totalSuccesses: number;
  readonly totalFailures: number;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
}

/** Must not throw. */
export type TripCondition = (counts: BreakerCounts) => boolean;

const noCounts: BreakerCounts = {
  requests: 0,
  totalSuccesses: 0,
  totalFailures: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
};

const tripByDefault: TripCondition = ({ consecutiveFailures }) => consecutiveFailures > 5;

/**
 * While closed, it passes and counts all requests. When the trip condition applies it opens and rejects all requests;
 * after a timeout it passes a few on trial, and closes when they succeed or opens again at the first failure.
 */
export class CircuitBreaker {
  readonly #rule: BreakerRule;
  readonly #trip: TripCondition;
  readonly #clock: Clock;
  #state: BreakerState = 'closed';
  #counts = noCounts;
  /** Outcomes of requests from before the last change of state are ignored. */
  #generation = 0;
  /** When the interval or the open time ends; undefined means never. */
  #endsAt: number | undefined;

  constructor(rule: BreakerRule, clock: Clock, trip: TripCondition = tripByDefault) {
    this.#rule = rule;
    this.#clock = clock;
    this.#trip = trip;
    this.#begin('closed');
  }

  get state(): BreakerState {
    this.#pass();
    return this.#state;
  }

  /**
   * Returns the function to call with the outcome of the request. Throws `breakerOpen` or `breakerBusy` when the
   * request is not allowed.
   */
  allow(): (succeeded: boolean) => void {
    this.#pass();
    if (this.#state === 'open') throw breakerOpen();
    if (this.#state === 'half-open' && this.#counts.requests >= this.#rule.maxRequests) throw breakerBusy();
    this.#counts = { ...this.#counts, requests: this.#counts.requests + 1 };
    const generation = this.#generation;
    return (succeeded) => {
      this.#pass();
      if (generation !== this.#generation) return;
      if (succeeded) this.#succeed();
      else this.#fail();
    };
  }

  #succeed(): void {
    const { totalSuccesses, consecutiveSuccesses } = this.#counts;
    this.#counts = {
      ...this.#counts,
      totalSuccesses: totalSuccesses + 1,
      consecutiveSuccesses: consecutiveSuccesses + 1,
      consecutiveFailures: 0,
    };
    if (this.#state === 'half-open' && consecutiveSuccesses + 1 >= this.#rule.maxRequests) this.#begin('closed');
  }

  #fail(): void {
    const { totalFailures, consecutiveFailures } = this.#counts;
    this.#counts = {
      ...this.#counts,
      totalFailures: totalFailures + 1,
      consecutiveSuccesses: 0,
      consecutiveFailures: consecutiveFailures + 1,
    };
    if (this.#state === 'half-open' || this.#trip(this.#counts)) this.#begin('open');
  }

  /** Applies the end of an interval, or of the open time. */
  #pass(): void {
    if (this.#endsAt === undefined || this.#clock.monotonic() < this.#endsAt) return;
    this.#begin(this.#state === 'open' ? 'half-open' : this.#state);
  }

  #begin(state: BreakerState): void {
    const { intervalMs, openMs } = this.#rule;
    const lastsMs = { closed: intervalMs, 'half-open': 0, open: openMs }[state];
    this.#state = state;
    this.#counts = noCounts;
    this.#generation++;
    this.#endsAt = lastsMs > 0 ? this.#clock.monotonic() + lastsMs : undefined;
  }
}
