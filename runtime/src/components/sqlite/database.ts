import { DatabaseSync } from 'node:sqlite';
import { backoffDelay } from '#core/backoff.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { type RuntimeError, textOf, withCause } from '#core/errors.ts';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import type { SqliteLocation } from '#core/sqlite-location.ts';

/**
 * One open file. SQLite runs in the thread of its caller, so each statement has finished when it returns. Only commits and
 * waiting for other processes take time; the waiting happens between statements.
 */
export interface Database {
  readonly sqlite: DatabaseSync;
  /** Repeats `work` while another process has locked the file, at most for the busy timeout. */
  retryWhileBusy<T>(work: () => T): Promise<T>;
  /**
   * Runs `work` in a transaction; rolls back when it throws. Waits while another process writes, at most for the busy timeout.
   * Transactions of this process must not overlap: callers use a write queue.
   */
  transaction<T>(work: () => T): Promise<T>;
  close(): void;
}

export interface DatabaseOptions {
  readonly location: SqliteLocation;
  readonly usesWal: boolean;
  readonly busyTimeoutMs: number;
}

/** Another process holds the lock. */
const busyCodes: ReadonlySet<number> = new Set([5, 6]);
const busyBackoff = { firstMs: 1, maxMs: 50 };

/** Rejects with `stateUnavailable` when the file cannot be opened. */
export async function openDatabase(options: DatabaseOptions, clock: Clock): Promise<Database> {
  const { location, usesWal, busyTimeoutMs } = options;

  const retryWhileBusy = async <T>(work: () => T): Promise<T> => {
    const deadline = clock.monotonic() + busyTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      const waitMs = backoffDelay(attempt, busyBackoff);
      try {
        return work();
      } catch (cause) {
        if (!isBusy(cause) || clock.monotonic() + waitMs > deadline) throw cause;
      }
      await sleep(clock, waitMs);
    }
  };

  const sqlite = openFile(location);
  try {
    const journal = location.isMemory ? 'memory' : usesWal ? 'wal' : 'delete';
    if (!location.isReadOnly) await retryWhileBusy(() => sqlite.exec(`pragma journal_mode = ${journal}`));
    for (const pragma of location.pragmas) sqlite.exec(`pragma ${pragma}`);
  } catch (cause) {
    sqlite.close();
    throw unusable(location, cause);
  }
  const begin = location.isReadOnly ? 'begin' : 'begin immediate';

  return {
    sqlite,
    retryWhileBusy,
    async transaction(work) {
      try {
        await retryWhileBusy(() => sqlite.exec(begin));
        // nothing is awaited until the commit, so nothing else in this process can run in between
        const result = work();
        sqlite.exec('commit');
        return result;
      } catch (cause) {
        if (sqlite.isOpen && sqlite.isTransaction) sqlite.exec('rollback');
        throw cause;
      }
    },
    close() {
      if (sqlite.isOpen) sqlite.close();
    },
  };
}

function openFile(location: SqliteLocation): DatabaseSync {
  try {
    return new DatabaseSync(location.path, { readOnly: location.isReadOnly });
  } catch (cause) {
    throw unusable(location, cause);
  }
}

function unusable(location: SqliteLocation, cause: unknown): RuntimeError {
  return withCause(stateUnavailable(`the SQLite database ${location.path} cannot be used: ${textOf(cause)}`), cause);
}

/** Converts SQLite's errors to those of the state block; others are returned unchanged. */
export function sqliteError(cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (busyCodes.has(code & 0xff))
    return withCause(stateUnavailable('the SQLite database is locked by another process; nothing was changed'), cause);
  return withCause(stateStatementRejected(`${textOf(cause)} (SQLite code ${code})`), cause);
}

function isBusy(cause: unknown): boolean {
  return busyCodes.has((codeOf(cause) ?? 0) & 0xff);
}

function codeOf(cause: unknown): number | undefined {
  const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}
