import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { StateOperation, StoredValue } from '#blocks/state/state-store.ts';
import { etagMismatch } from '#blocks/state/errors.ts';

/** A table of state rows by full key. Every method is atomic. */
export interface StateRows {
  get(key: string): StoredValue | undefined;
  /** Throws `etagMismatch` when the operation's condition does not hold. */
  check(operation: StateOperation): void;
  apply(operation: StateOperation): void;
  /** Returns a function that restores these keys, for a failed transaction. */
  snapshot(keys: readonly string[]): () => void;
}

/** Expired rows are removed after this many writes with an expiry, even when nobody reads them. */
const writesPerSweep = 4096;

export function stateRows(clock: Clock, random: Random): StateRows {
  const rows = new Map<string, StoredValue>();
  let writesSinceSweep = 0;

  const get = (key: string): StoredValue | undefined => {
    const row = rows.get(key);
    if (row?.expiresAt === undefined || row.expiresAt > clock.now()) return row;
    rows.delete(key);
    return undefined;
  };

  const check = (operation: StateOperation): void => {
    const current = get(operation.key);
    if (operation.etag !== undefined) {
      if (current?.etag !== operation.etag) throw etagMismatch();
    } else if (operation.kind === 'set' && operation.concurrency === 'first-write' && current !== undefined) {
      throw etagMismatch();
    }
  };

  const apply = (operation: StateOperation): void => {
    if (operation.kind === 'delete') {
      rows.delete(operation.key);
      return;
    }
    const row = { data: operation.value, etag: random.uuid() };
    const ttl = operation.ttlSeconds;
    rows.set(operation.key, ttl === undefined ? row : { ...row, expiresAt: clock.now() + ttl * 1000 });
    if (ttl !== undefined && ++writesSinceSweep >= writesPerSweep) {
      writesSinceSweep = 0;
      for (const key of rows.keys()) get(key);
    }
  };

  const snapshot = (keys: readonly string[]): (() => void) => {
    const before = keys.map((key) => [key, rows.get(key)] as const);
    return () => {
      for (const [key, row] of before) {
        if (row) rows.set(key, row);
        else rows.delete(key);
      }
    };
  };

  return { get, check, apply, snapshot };
}
