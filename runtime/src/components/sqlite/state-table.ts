import type { StatementSync } from 'node:sqlite';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { etagMismatch } from '#blocks/state/errors.ts';
import type { SetOperation, StateOperation, StoredValue } from '#blocks/state/state-store.ts';
import type { Database } from './database.ts';
import { parseSqlTime, sqlTime } from './sql-time.ts';

/** Synchronous access to the rows. An expired row counts as absent. */
export interface StateTable {
  get(key: string): StoredValue | undefined;
  /** Throws `etagMismatch` without changing anything. */
  apply(operation: StateOperation): void;
  /** Returns the number of expired rows that were removed. */
  sweep(): number;
}

/** Creates upstream's table when it is missing. Must run inside a transaction. */
export function createStateTable({ sqlite }: Database, names: { table: string; metadataTable: string }): void {
  const { table, metadataTable } = names;
  sqlite.exec(`
    create table if not exists ${metadataTable} (key text not null primary key, value text not null);
    create table if not exists ${table} (
      key TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL,
      is_binary BOOLEAN NOT NULL,
      etag TEXT NOT NULL,
      expiration_time TIMESTAMP DEFAULT NULL,
      update_time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    );
    insert into ${metadataTable} (key, value) values ('migrations', '1') on conflict (key) do nothing`);
}

export function stateTable(
  { sqlite }: Database,
  table: string,
  dependencies: { clock: Clock; random: Random },
): StateTable {
  const { clock, random } = dependencies;
  const isAlive = '(expiration_time is null or expiration_time > ?)';
  const prepare = (text: string): StatementSync => {
    const statement = sqlite.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  const find = prepare(`select value, is_binary, etag, expiration_time from ${table} where key = ? and ${isAlive}`);
  const insert = `insert into ${table} (key, value, is_binary, etag, expiration_time, update_time) values (?, ?, ?, ?, ?, ?)
    on conflict (key) do update set value = excluded.value, is_binary = excluded.is_binary, etag = excluded.etag,
      expiration_time = excluded.expiration_time, update_time = excluded.update_time`;
  const put = prepare(insert);
  const create = prepare(`${insert} where not (${table}.expiration_time is null or ${table}.expiration_time > ?)`);
  const compareAndPut = prepare(
    `update ${table} set value = ?, is_binary = ?, etag = ?, expiration_time = ?, update_time = ?
      where key = ? and etag = ? and ${isAlive}`,
  );
  const remove = prepare(`delete from ${table} where key = ?`);
  const compareAndRemove = prepare(`delete from ${table} where key = ? and etag = ? and ${isAlive}`);
  const expire = prepare(`delete from ${table} where expiration_time is not null and expiration_time <= ?`);

  const set = (operation: SetOperation): boolean => {
    const { key, etag, ttlSeconds } = operation;
    const now = clock.now();
    const updated = sqlTime(now);
    const row = [
      textOf(operation),
      operation.isJson === true ? 0 : 1,
      random.uuid(),
      ttlSeconds === undefined ? null : sqlTime(now + ttlSeconds * 1000),
      updated,
    ] as const;
    if (etag !== undefined) return compareAndPut.run(...row, key, etag, updated).changes === 1;
    if (operation.concurrency === 'first-write') return create.run(key, ...row, updated).changes === 1;
    put.run(key, ...row);
    return true;
  };

  return {
    get(key) {
      const row = find.get(key, sqlTime(clock.now())) as Row | undefined;
      return row && storedValue(row);
    },
    apply(operation) {
      if (operation.kind === 'set') {
        if (!set(operation)) throw etagMismatch();
      } else if (operation.etag === undefined) {
        remove.run(operation.key);
      } else if (compareAndRemove.run(operation.key, operation.etag, sqlTime(clock.now())).changes !== 1) {
        throw etagMismatch();
      }
    },
    sweep: () => Number(expire.run(sqlTime(clock.now())).changes),
  };
}

/** A row with `setReturnArrays`, which the types do not cover. */
type Row = readonly [value: string, isBinary: number, etag: string, expirationTime: string | null];

function storedValue(source: unknown): StoredValue {
  const [value, isBinary, etag, expirationTime] = source as Row;
  const data = Buffer.from(value, isBinary === 0 ? 'utf8' : 'base64');
  return expirationTime === null ? { data, etag } : { data, etag, expiresAt: parseSqlTime(expirationTime) };
}

/** Bytes are stored as base64: the column is text, which other programs read. */
function textOf({ value, isJson }: SetOperation): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString(isJson === true ? 'utf8' : 'base64');
}
