import type { Call } from '#core/call.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import { type Database, sqliteError } from './database.ts';

/** Executes the writes of one database in order. */
export interface WriteQueue {
  /** `work` is atomic; an error that it throws rejects only this write. */
  write<T>(call: Pick<Call, 'signal'>, work: () => T): Promise<T>;
  /** Waits for writes in flight; later writes reject. */
  close(): Promise<void>;
}

interface Waiting {
  readonly signal: AbortSignal;
  readonly run: () => void;
  /** Settles the caller's promise after the commit or rollback of the batch. */
  settle(failure?: Error): void;
}

const maxBatchLength = 512;

/**
 * Batches the writes of one turn of the event loop, and those that arrive while a commit waits for another process, into one
 * transaction, so that they share the cost of a commit. Each write has its own savepoint.
 */
export function writeQueue(database: Database): WriteQueue {
  const { sqlite } = database;
  let waiting: Waiting[] = [];
  let working: Promise<void> | undefined;
  let isClosed = false;

  const runAll = (batch: readonly Waiting[]): void => {
    for (const write of batch) {
      if (!write.signal.aborted) write.run();
    }
  };

  const drain = async (): Promise<void> => {
    // include the other writes of this turn of the event loop
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatchLength);
      waiting = waiting.slice(maxBatchLength);
      try {
        await database.transaction(() => runAll(batch));
        for (const write of batch) write.settle();
      } catch (cause) {
        const failure = asError(sqliteError(cause));
        for (const write of batch) write.settle(failure);
      }
    }
    working = undefined;
  };

  return {
    write<T>({ signal }: Pick<Call, 'signal'>, work: () => T): Promise<T> {
      if (isClosed) return Promise.reject(stateUnavailable('the component is closed'));
      return new Promise<T>((resolve, reject) => {
        let outcome: { readonly value: T } | { readonly failure: Error } | undefined;
        waiting.push({
          signal,
          run() {
            sqlite.exec('savepoint one');
            try {
              outcome = { value: work() };
              sqlite.exec('release one');
            } catch (cause) {
              // some errors end the whole transaction; then there is no savepoint
              if (!sqlite.isTransaction) throw cause;
              sqlite.exec('rollback to one; release one');
              outcome = { failure: asError(sqliteError(cause)) };
            }
          },
          settle(failure) {
            if (outcome && 'failure' in outcome) reject(outcome.failure);
            else if (failure) reject(failure);
            else if (outcome) resolve(outcome.value);
            else reject(asError(signal.reason));
          },
        });
        working ??= drain();
      });
    },
    async close() {
      isClosed = true;
      await working;
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
