import pg from 'pg';
import type { Running } from './store.ts';

export type Rows = <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The store's Postgres: each statement on a connection of its own, so that it survives any restart. */
export function database(running: () => Running): Rows {
  return async <Row>(sql: string, values: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString: running().servers.postgres });
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  };
}
