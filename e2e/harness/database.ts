import pg from 'pg';
import type { Running } from './store.ts';

export type Rows = <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The store's Postgres: each statement uses its own connection, so that it survives restarts. */
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
