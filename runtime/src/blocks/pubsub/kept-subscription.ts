import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { BrokerSubscription } from './broker.ts';

export interface KeptSubscriptionOptions {
  /** For the log. */
  readonly facts: { readonly pubsub: string; readonly topic: string };
  /** `starting` aborts when nothing more is to begin, `delivering` when deliveries under way must end. */
  readonly open: (starting: AbortSignal, delivering: AbortSignal) => Promise<BrokerSubscription>;
  readonly clock: Clock;
  readonly log: Log;
}

/** One subscription, kept open: what fails at first is tried again until `close`. */
export interface KeptSubscription {
  /** Resolves after the first try. */
  readonly firstTry: Promise<void>;
  readonly wasTried: boolean;
  readonly isOpen: boolean;
  /** Takes no new events, waits at most `drainMs` for deliveries under way, then breaks them off. */
  close(drainMs: number): Promise<void>;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export function keptSubscription({ facts, open, clock, log }: KeptSubscriptionOptions): KeptSubscription {
  const starting = new AbortController();
  const delivering = new AbortController();
  const { signal } = starting;
  const first = Promise.withResolvers<void>();
  let wasTried = false;
  let opened: BrokerSubscription | undefined;
  const tried = (): void => {
    wasTried = true;
    first.resolve();
  };

  const keepTrying = async (): Promise<void> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        opened = await open(signal, delivering.signal);
        return tried();
      } catch (cause) {
        const told = { ...facts, attempt, error: textOf(cause) };
        if (isFinal(cause)) {
          log.error(told, 'subscription refused');
          return tried();
        }
        const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
        log.warn({ ...told, delayMs }, 'subscription failed, will retry');
        tried();
        await sleep(clock, delayMs, signal).catch(() => {});
      }
    }
  };
  const trying = keepTrying();

  return {
    firstTry: first.promise,
    get wasTried() {
      return wasTried;
    },
    get isOpen() {
      return opened !== undefined;
    },
    async close(drainMs) {
      starting.abort(new Error('the subscription is closing'));
      await trying;
      first.resolve();
      try {
        await opened?.close(drainMs);
      } catch (cause) {
        log.warn({ ...facts, error: textOf(cause) }, 'subscription did not close well');
      }
      delivering.abort(new Error('the subscription has ended'));
    },
  };
}

/** Trying again cannot change what was asked for. */
function isFinal(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.http >= 400 && cause.kind.http < 500;
}
