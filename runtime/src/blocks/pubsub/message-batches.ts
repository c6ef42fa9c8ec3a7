import type { Cancel, Clock } from '#core/clock.ts';
import type { IncomingMessage, MessageHandler } from './broker.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

export interface BatchLimits {
  readonly maxCount: number;
  /** Counted from the first message of a batch. */
  readonly maxWaitMs: number;
}

export interface BatchOptions extends BatchLimits {
  readonly clock: Clock;
  /** Aborts when batches must not wait any more: pending messages are handled at once. */
  readonly ending: AbortSignal;
}

interface Waiting {
  readonly message: IncomingMessage;
  readonly settle: (outcome: DeliveryOutcome) => void;
}

/** Collects messages into batches: until there are enough of them, or the first has waited long enough. */
export function messageBatches(
  handle: (messages: readonly IncomingMessage[]) => Promise<readonly DeliveryOutcome[]>,
  { maxCount, maxWaitMs, clock, ending }: BatchOptions,
): MessageHandler {
  let waiting: Waiting[] = [];
  let cancel: Cancel | undefined;

  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    void handle(batch.map(({ message }) => message)).then(
      (outcomes) => batch.forEach(({ settle }, i) => settle(outcomes[i] ?? 'retry')),
      () => batch.forEach(({ settle }) => settle('retry')),
    );
  };

  ending.addEventListener('abort', flush, { once: true });
  return (message) =>
    new Promise((settle) => {
      waiting.push({ message, settle });
      if (waiting.length >= maxCount || ending.aborted) flush();
      else cancel ??= clock.after(maxWaitMs, flush);
    });
}
