import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { daprClient } from '@outrigger/sdk';
import type { Transport } from '@outrigger/sdk';
import { recordingTransport } from '@outrigger/sdk/testing';
import { openDatabase } from './database.ts';
import type { Database, Migration } from './database.ts';
import { silentLog } from './log.ts';
import { metricsOf } from './metrics.ts';
import { environment, systemRandom, systemClock } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';

/** Where tests find Postgres; undefined when they must skip. */
export const testDatabaseUrl = process.env['TEST_DATABASE_URL'] || undefined;

/** For `test(name, needsPostgres, …)`: skips with a message without a database. */
export const needsPostgres: { readonly skip: string | false } = {
  skip: testDatabaseUrl ? false : 'TEST_DATABASE_URL is not set',
};

/** A service context without processes: no log, and a sidecar that accepts everything unless `transport` is set. */
export function testContext(
  overrides: Partial<ServiceContext> & { readonly transport?: Transport } = {},
): ServiceContext {
  const { transport = recordingTransport(), ...rest } = overrides;
  const clock = overrides.clock ?? systemClock;
  const client = daprClient({ transport, clock });
  return {
    name: 'test',
    env: environment({}),
    client,
    clock,
    random: systemRandom,
    log: silentLog,
    metrics: metricsOf('test'),
    ...rest,
  };
}

/** A separate schema, dropped by `close`. */
export async function testDatabase(migrations: readonly Migration[]): Promise<Database & AsyncDisposable> {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const database = await openDatabase(testContext(), {
    url: testDatabaseUrl,
    schema,
    migrations,
    connectTimeoutMs: 3_000,
  });
  const close = async (): Promise<void> => {
    await database.close();
    const client = new pg.Client({ connectionString: testDatabaseUrl });
    await client.connect();
    await client.query(`drop schema ${schema} cascade`);
    await client.end();
  };
  return { ...database, close, [Symbol.asyncDispose]: close };
}
