import { backoffDelay } from '#core/backoff.ts';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { BrokerSubscription } from './broker.ts';

export interface RetryingSubscriptionOptions {
  /** For the log. */
  readonly logFields: { readonly pubsub: string; readonly topic: string };
  /** `starting` aborts when no new attempt may begin, `delivering` when running deliveries must end. */
  readonly open: (starting: AbortSignal, delivering: AbortSignal) => Promise<BrokerSubscription>;
  readonly clock: Clock;
  readonly log: Log;
}

/** One subscription that is opened with retries until `close`. */
export interface RetryingSubscription {
  /** Resolves after the first attempt. */
  readonly firstAttempt: Promise<void>;
  readonly wasAttempted: boolean;
  readonly isOpen: boolean;
  /** Accepts no new events, waits at most `drainMs` for running deliveries, then aborts them. */
  close(drainMs: number): Promise<void>;
}

const openBackoff = { firstMs: 500, maxMs: 30_000 };

export function retryingSubscription({
  logFields,
  open,
  clock,
  log,
}: RetryingSubscriptionOptions): RetryingSubscription {
  const starting = new AbortController();
  const delivering = new AbortController();
  const { signal } = starting;
  const first = Promise.withResolvers<void>();
  let wasAttempted = false;
  let opened: BrokerSubscription | undefined;
  const attempted = (): void => {
    wasAttempted = true;
    first.resolve();
  };

  const openWithRetries = async (): Promise<void> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        opened = await open(signal, delivering.signal);
        return attempted();
      } catch (cause) {
        const errorFields = { ...logFields, attempt, error: textOf(cause) };
        if (isFinal(cause)) {
          log.error(errorFields, 'subscription rejected');
          return attempted();
        }
        const delayMs = backoffDelay(attempt, openBackoff);
        log.warn({ ...errorFields, delayMs }, 'subscription failed, will retry');
        attempted();
        await sleep(clock, delayMs, signal).catch(() => {});
      }
    }
  };
  const opening = openWithRetries();

  return {
    firstAttempt: first.promise,
    get wasAttempted() {
      return wasAttempted;
    },
    get isOpen() {
      return opened !== undefined;
    },
    async close(drainMs) {
      starting.abort(new Error('the subscription is closing'));
      await opening;
      first.resolve();
      try {
        await opened?.close(drainMs);
      } catch (cause) {
        log.warn({ ...logFields, error: textOf(cause) }, 'closing a subscription failed');
      }
      delivering.abort(new Error('the subscription has ended'));
    },
  };
}

/** Retrying cannot change an invalid request. */
function isFinal(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.http >= 400 && cause.kind.http < 500;
}
