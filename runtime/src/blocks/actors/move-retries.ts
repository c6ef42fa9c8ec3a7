import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { actorInvokeFailed, actorNoAddress, hasCode } from './errors.ts';

/** Delays before the next attempt; the last one repeats. A move takes about a second, a crash as long as a lease. */
const pausesMs = [10, 40, 150, 300, 500, 1000] as const;
/** No further attempt begins this long after the first one failed. */
const limitMs = 30_000;
/** Maximum number of repetitions of a call whose turn was ended, as in the reference. */
const endedLimit = 5;
/** Maximum number of repetitions of a call whose host could not be reached, or disconnected during it. */
const unreachableLimit = 11;

const unplacedCodes = ['ERR_ACTOR_NO_ADDRESS', 'ERR_ACTOR_NO_PLACEMENT', 'ERR_ACTOR_RUNTIME_CLOSED'] as const;

/** Tracks the errors of one call while its actor moves, and decides whether to repeat the call. */
export class MoveRetries {
  readonly #clock: Clock;
  readonly #startedAt: number;
  #tries = 0;
  #ended = 0;
  #unreachable = 0;
  #endedTurn: Error | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** How long to wait before the call is repeated. Throws the error for the caller when it is not. */
  pauseAfter(error: unknown): number {
    this.#tries += 1;
    if (hasCode(error, 'ERR_ACTOR_TURN_ENDED')) {
      this.#ended += 1;
      this.#endedTurn = error as Error;
    } else if (hasCode(error, 'ERR_PEER_UNAVAILABLE')) this.#unreachable += 1;
    else if (!hasCode(error, 'ERR_ACTOR_NOT_HERE')) throw this.#withEndedTurn(error);
    const isSpent =
      this.#ended > endedLimit ||
      this.#unreachable > unreachableLimit ||
      this.#clock.monotonic() - this.#startedAt >= limitMs;
    if (isSpent)
      throw this.#withEndedTurn(withCause(actorNoAddress(`${this.#tries} tries, the last: ${textOf(error)}`), error));
    return pausesMs[Math.min(this.#tries, pausesMs.length) - 1] ?? 0;
  }

  /** When a turn was ended and no host was found to run it again, the caller learns that it may have run. */
  #withEndedTurn(error: unknown): Error {
    if (!this.#endedTurn || !unplacedCodes.some((code) => hasCode(error, code))) return error as Error;
    return withCause(actorInvokeFailed(`${this.#endedTurn.message}; then: ${textOf(error)}`), error);
  }
}
