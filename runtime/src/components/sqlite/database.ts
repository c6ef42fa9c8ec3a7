import { DatabaseSync } from 'node:sqlite';
import { type Clock, sleep } from '#core/clock.ts';
import { type RuntimeError, textOf, withCause } from '#core/errors.ts';
import { stateRefused, stateUnavailable } from '#blocks/state/errors.ts';
import type { SqlitePlace } from '#core/sqlite-place.ts';

/**
 * One open file. SQLite works in the thread of its caller, so each statement is done when it returns; what takes time is
 * the commit, and waiting for other processes, which is done between statements.
 */
export interface Database {
  readonly sqlite: DatabaseSync;
  /** Does `work` again while another process holds the file, at most for the busy timeout. */
  patiently<T>(work: () => T): Promise<T>;
  /**
   * Runs `work` between begin and commit; rolls back when it throws. Waits while another process writes, at most the busy
   * timeout. Transactions of this process must not overlap: their callers take turns.
   */
  transaction<T>(work: () => T): Promise<T>;
  close(): void;
}

export interface DatabaseOptions {
  readonly place: SqlitePlace;
  readonly usesWal: boolean;
  readonly busyTimeoutMs: number;
}

/** Another process holds the lock. */
const busyCodes: ReadonlySet<number> = new Set([5, 6]);
const shortestWaitMs = 1;
const longestWaitMs = 50;

/** Rejects with `stateUnavailable` when the file cannot be opened. */
export async function openDatabase(options: DatabaseOptions, clock: Clock): Promise<Database> {
  const { place, usesWal, busyTimeoutMs } = options;

  const patiently = async <T>(work: () => T): Promise<T> => {
    const deadline = clock.monotonic() + busyTimeoutMs;
    for (let waitMs = shortestWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      try {
        return work();
      } catch (cause) {
        if (!isBusy(cause) || clock.monotonic() + waitMs > deadline) throw cause;
      }
      await sleep(clock, waitMs);
    }
  };

  const sqlite = opened(place);
  try {
    const journal = place.isMemory ? 'memory' : usesWal ? 'wal' : 'delete';
    if (!place.isReadOnly) await patiently(() => sqlite.exec(`pragma journal_mode = ${journal}`));
    for (const pragma of place.pragmas) sqlite.exec(`pragma ${pragma}`);
  } catch (cause) {
    sqlite.close();
    throw unusable(place, cause);
  }
  const begin = place.isReadOnly ? 'begin' : 'begin immediate';

  return {
    sqlite,
    patiently,
    async transaction(work) {
      try {
        await patiently(() => sqlite.exec(begin));
        // from here to the commit nothing waits, so nothing of this process can come between
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

function opened(place: SqlitePlace): DatabaseSync {
  try {
    return new DatabaseSync(place.path, { readOnly: place.isReadOnly });
  } catch (cause) {
    throw unusable(place, cause);
  }
}

function unusable(place: SqlitePlace, cause: unknown): RuntimeError {
  return withCause(stateUnavailable(`the SQLite database ${place.path} cannot be used: ${textOf(cause)}`), cause);
}

/** What SQLite's own errors mean to the block; others pass as they are. */
export function sqliteRefusal(cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (busyCodes.has(code & 0xff))
    return withCause(stateUnavailable('the SQLite database is locked by another process; nothing was changed'), cause);
  return withCause(stateRefused(`${textOf(cause)} (SQLite code ${code})`), cause);
}

function isBusy(cause: unknown): boolean {
  return busyCodes.has((codeOf(cause) ?? 0) & 0xff);
}

function codeOf(cause: unknown): number | undefined {
  const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}
