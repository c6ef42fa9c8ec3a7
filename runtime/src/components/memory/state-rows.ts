import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { StateOperation, StoredValue } from '#blocks/state/state-store.ts';
import { etagMismatch } from '#blocks/state/errors.ts';

/** A table of state rows by full key. Every method is one step: nothing else runs in between. */
export interface StateRows {
  get(key: string): StoredValue | undefined;
  /** Throws `etagMismatch` when `apply` would be refused. */
  check(operation: StateOperation): void;
  apply(operation: StateOperation): void;
  /** What a failed transaction puts back. */
  snapshot(keys: readonly string[]): () => void;
}

/** So many writes with an expiry may come before expired rows that nobody asked for are looked for and dropped. */
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
