import type { Clock } from '@outrigger/sdk';
import type { Log } from './log.ts';

/** Publishes what is written, again and again, and never twice at a time. */
export interface OutboxRelay {
  /** Publishes what is due soon; a wake while it runs is one more round. */
  wake(): void;
  /** Wakes after `delayMs`; a later call replaces the earlier one. */
  wakeAfter(delayMs: number): void;
  /** Publishes all rows now, also those that wait for their next attempt; rejects when one could not be published. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface BatchResult {
  readonly hasMore: boolean;
  readonly failure?: Error;
}

/** Finds rows of a process that died. */
const pollMs = 1_000;

/** Calls `relayBatch` until it has no more rows: after each wake, and each second. */
export function outboxRelay(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  relayBatch: (isForced: boolean) => Promise<BatchResult>,
): OutboxRelay {
  let isClosed = false;
  let isFailing = false;
  let running: Promise<void> | undefined;
  let isWakePending = false;
  let cancelPoll = ignore;
  let cancelRetry = ignore;

  const relay = async (isForced: boolean): Promise<void> => {
    let failure: Error | undefined;
    do {
      isWakePending = false;
      for (let hasMore = true; hasMore;) {
        const result = await relayBatch(isForced);
        // What is left after a close belongs to the next process.
        hasMore = result.hasMore && (isForced || !isClosed);
        failure ??= result.failure;
        // Each row was attempted once; forcing it again at once would not end.
        if (isForced && result.failure) break;
      }
    } while (isWakePending && !isClosed);
    if (failure) throw failure;
  };

  const start = (isForced = false): Promise<void> =>
    (running ??= relay(isForced).finally(() => {
      running = undefined;
    }));

  const noteFailure = (error: unknown): void => {
    // The rows stay and are tried again. Logged once for each time that it begins.
    if (!isFailing)
      log.warn({ event: 'outbox-waiting', error }, 'events in the outbox could not be published, retrying');
    isFailing = true;
  };

  const wake = (): void => {
    if (isClosed) return;
    isWakePending = true;
    if (running) return;
    start()
      .then(() => void (isFailing = false), noteFailure)
      // A commit between the last poll and now.
      .finally(() => isWakePending && wake());
  };

  const poll = (): void => {
    wake();
    cancelPoll = clock.after(pollMs, poll);
  };
  poll();

  return {
    wake,
    wakeAfter(delayMs) {
      cancelRetry();
      if (isClosed) return;
      cancelRetry = clock.after(delayMs, wake);
    },
    async flush() {
      while (running) await running.catch(ignore);
      await start(true);
    },
    async close() {
      isClosed = true;
      cancelPoll();
      cancelRetry();
      await running?.catch(ignore);
    },
  };
}

const ignore = (): void => {};
