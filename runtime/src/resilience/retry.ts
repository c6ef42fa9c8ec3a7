import type { Recorder } from '#core/activity.ts';
import type { Chance } from '#core/chance.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';

export type Backoff =
  | { readonly kind: 'constant'; readonly delayMs: number }
  | {
      readonly kind: 'exponential';
      readonly initialMs: number;
      readonly longestMs: number;
      /** Each delay is so many times the one before. */
      readonly factor: number;
      /** 0.5 means anything from half to one and a half times the delay. */
      readonly jitter: number;
    };

export interface RetryOptions {
  readonly backoff: Backoff;
  /** After the first try. */
  readonly maxRetries: number;
  /** No retry begins later than this after the first try began. */
  readonly maxElapsedMs?: number;
  readonly isRetryable: (cause: unknown) => boolean;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly recorder: Recorder;
}

/** Tries again after a failure, with growing patience. Each further try is recorded as `retry`. */
export function retry(options: RetryOptions): Policy {
  const { maxRetries, maxElapsedMs = Number.POSITIVE_INFINITY, isRetryable, clock, recorder } = options;
  return async (call, name, operation) => {
    const beganAt = clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      try {
        if (attempt === 1) return await operation(call, 1);
        const attributes = { attempt };
        return await recorder.record(call, { kind: 'retry', name, attributes }, (inner) => operation(inner, attempt));
      } catch (cause) {
        if (attempt > maxRetries || call.signal.aborted || !isRetryable(cause)) throw cause;
        const delayMs = delayBefore(attempt, options);
        if (clock.monotonic() - beganAt + delayMs > maxElapsedMs) throw cause;
        await sleep(clock, delayMs, call.signal);
      }
    }
  };
}

/** Milliseconds to wait after `failures` failures in a row, the first being 1. */
export function delayBefore(failures: number, { backoff, chance }: Pick<RetryOptions, 'backoff' | 'chance'>): number {
  switch (backoff.kind) {
    case 'constant':
      return backoff.delayMs;
    case 'exponential': {
      const grown = Math.min(backoff.longestMs, backoff.initialMs * backoff.factor ** (failures - 1));
      return grown * (1 + backoff.jitter * (2 * chance.random() - 1));
    }
  }
}

/** The other side said, or the way there made clear, that it did not take the request. */
export function isTransient(cause: unknown): boolean {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
}

/** What surrounds calls to an app that no policy names: three more tries, a second apart. */
export function builtInServiceRetries(world: Pick<RetryOptions, 'clock' | 'chance' | 'recorder'>): Policy {
  return retry({
    ...world,
    backoff: { kind: 'constant', delayMs: 1_000 },
    maxRetries: 3,
    isRetryable: isTransient,
  });
}
