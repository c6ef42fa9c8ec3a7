import pg from 'pg';
import { unavailable } from './problems.ts';
import { pause } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';

/** One step of a schema's history. Steps run once, in order; a step that ran is never changed. */
export interface Migration {
  /** Such as `001 products`. */
  readonly name: string;
  readonly sql: string;
}

export type Row = Record<string, unknown>;

/** Runs SQL with `$1` parameters. */
export interface Queries {
  /** The caller guarantees the row type. */
  query<R extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<readonly R[]>;
  /** How many rows were touched. */
  execute(sql: string, values?: readonly unknown[]): Promise<number>;
}

export interface Transaction extends Queries {
  /** Runs after the commit, not at all after a rollback. Must not throw. */
  afterCommit(task: () => void): void;
}

/** One service's schema. Names in SQL need no prefix. */
export interface Database extends Queries {
  /** Commits when `work` resolves and rolls back when it rejects. Serialization failures are repeated, so `work` must be repeatable. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  readonly schema: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `DATABASE_URL` when absent. */
  readonly url?: string;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  /** How long to wait for Postgres at the start; 60 s when absent. */
  readonly connectTimeoutMs?: number;
  /** How long a query may take in all; the server's own limit is 15 s. */
  readonly queryLimitMs?: number;
}

/** How long a query waits for a Postgres that is restarting before it fails. */
const reconnectMs = 8_000;

/** Opens the schema, creating and migrating it. Rejects with the schema when Postgres is not reachable within `connectTimeoutMs`. */
export async function openDatabase(
  context: Pick<ServiceContext, 'env' | 'clock' | 'log'>,
  options: DatabaseOptions,
): Promise<Database> {
  const { schema, migrations, connectTimeoutMs = 60_000, queryLimitMs = 20_000 } = options;
  if (!/^[a-z][a-z0-9_]*$/.test(schema)) throw new Error(`${schema} is not a schema name`);
  const { log, clock } = context;
  const pool = new pg.Pool({
    connectionString: options.url ?? context.env.required('DATABASE_URL'),
    options: `-c search_path=${schema}`,
    max: 8,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    // For a server that has frozen or cannot be reached any more.
    query_timeout: queryLimitMs,
    idle_in_transaction_session_timeout: 60_000,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ error }, 'lost a connection to Postgres'));

  const connect = async (withinMs: number): Promise<pg.PoolClient> => {
    const deadline = clock.now() + withinMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await pool.connect();
      } catch (cause) {
        if (!isUnavailable(cause) || clock.now() >= deadline) throw cause;
        if (attempt === 1) log.warn({ error: cause }, 'Postgres does not respond, retrying');
        await pause(clock, Math.min(1_000, 50 * 2 ** attempt));
      }
    }
  };

  try {
    const client = await connect(connectTimeoutMs);
    try {
      await migrate(client, schema, migrations);
    } finally {
      client.release();
    }
  } catch (cause) {
    await pool.end();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`schema ${schema} could not be opened: ${reason}`, { cause });
  }
  return databaseOver(pool, schema, () => connect(reconnectMs));
}

function databaseOver(pool: pg.Pool, schema: string, connect: () => Promise<pg.PoolClient>): Database {
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    let client: pg.PoolClient;
    try {
      client = await connect();
    } catch (cause) {
      throw Object.assign(unavailable('The database does not respond. Nothing was changed; try again in a moment.'), {
        cause,
      });
    }
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isUnavailable(error) || isStalePlan(error);
      throw error;
    } finally {
      client.release(broken);
    }
  };

  const runTransaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    withClient(async (client) => {
      const tasks: (() => void)[] = [];
      let result: T;
      await client.query('begin');
      try {
        result = await work({ ...queriesOver(client), afterCommit: (task) => void tasks.push(task) });
        await client.query('commit');
      } catch (error) {
        if (!isUnavailable(error)) await client.query('rollback');
        throw error;
      }
      for (const task of tasks) task();
      return result;
    });

  return {
    schema,
    query: (sql, values) => withClient((client) => queriesOver(client).query(sql, values)),
    execute: (sql, values) => withClient((client) => queriesOver(client).execute(sql, values)),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await runTransaction(work);
        } catch (error) {
          if (attempt >= 5 || !isRetryable(error)) throw error;
        }
      }
    },
    close: () => pool.end(),
  };
}

function queriesOver(client: pg.PoolClient): Queries {
  return {
    async query<R extends Row>(sql: string, values: readonly unknown[] = []) {
      const { rows } = await client.query<R>(prepared(sql, values));
      return rows;
    },
    async execute(sql, values = []) {
      const { rowCount } = await client.query(prepared(sql, values));
      return rowCount ?? 0;
    },
  };
}

/** Bounds what Postgres caches for a connection: text that is put together for each request is not prepared. */
const maxPrepared = 200;
const statementNames = new Map<string, string>();

/** Postgres parses and plans a prepared statement once for each connection. Text without values may be several statements. */
function prepared(text: string, values: readonly unknown[]): pg.QueryConfig {
  if (values.length === 0) return { text };
  let name = statementNames.get(text);
  if (name === undefined && statementNames.size < maxPrepared) {
    name = `s${statementNames.size}`;
    statementNames.set(text, name);
  }
  return { text, values: [...values], ...(name !== undefined && { name }) };
}

async function migrate(client: pg.PoolClient, schema: string, migrations: readonly Migration[]): Promise<void> {
  await client.query('begin');
  try {
    // One process migrates a schema at a time; the others find it done.
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [`migrate ${schema}`]);
    await client.query(`create schema if not exists ${schema}`);
    await client.query(
      'create table if not exists migrations (name text primary key, ran_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from migrations');
    const done = new Set(rows.map(({ name }) => name));
    for (const { name, sql } of migrations) {
      if (done.has(name)) continue;
      await client.query(sql);
      await client.query('insert into migrations (name) values ($1)', [name]);
    }
    await client.query('commit');
  } catch (error) {
    if (!isUnavailable(error)) await client.query('rollback');
    throw error;
  }
}

/** Class 08 and 57P0x: no connection, or Postgres is stopping or starting. */
function isUnavailable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return /^(08|57P0|E[A-Z]+$)/.test(code);
  return (
    typeof message === 'string' &&
    /connection (terminated|timeout)|timeout exceeded|query read timeout|Client has encountered/i.test(message)
  );
}

/** Serialization failure, deadlock, and a statement prepared before a migration: a retry may succeed. */
function isRetryable(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '40001' || code === '40P01' || isStalePlan(error);
}

/** Another version of the service has migrated the schema: the connection's prepared statements are of no use any more. */
function isStalePlan(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === '0A000' && typeof message === 'string' && message.includes('cached plan');
}
