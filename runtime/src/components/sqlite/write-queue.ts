import type { Call } from '#core/call.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';
import { type Database, sqliteError } from './database.ts';

/** Writes of one database, in the order they come. */
export interface WriteQueue {
  /** `work` happens whole or not at all; what it throws comes out here and harms nobody else. */
  write<T>(call: Pick<Call, 'signal'>, work: () => T): Promise<T>;
  /** Waits for what is under way; later writes reject. */
  close(): Promise<void>;
}

interface Waiting {
  readonly signal: AbortSignal;
  readonly run: () => void;
  /** Tells the caller, once it is known whether the batch was committed. */
  settle(failure?: Error): void;
}

const maxBatchLength = 512;

/**
 * Gathers the writes of one turn of the event loop, and those that come while a commit waits for another process, into
 * one transaction: the commit, which is what costs, is shared. Each write has a savepoint of its own.
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
    // what else is written in this turn of the event loop shall come along
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
              // some failures end the whole transaction; then there is nothing to go back to
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
