import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** A schema for one test, on the server of `TEST_DATABASE_URL`. */
export interface TestSchema {
  /** A connection string that sees only this schema. */
  readonly url: string;
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Drops it with everything in it. */
  drop(): Promise<void>;
}

export async function testSchema(serverUrl: string): Promise<TestSchema> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create schema ${name}; set search_path = ${name}`);
  const url = new URL(serverUrl);
  url.searchParams.set('search_path', name);
  return {
    url: url.href,
    async query(text, values) {
      const result = await client.query<Record<string, unknown>>(text, values ? [...values] : undefined);
      return result.rows;
    },
    async drop() {
      await client.query(`drop schema ${name} cascade`);
      await client.end();
    },
  };
}
