import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import test from 'node:test';
import { Client } from 'pg';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { freePorts } from '../server-process.testing.ts';
import { postgresStateStore } from './state-store.ts';
import { type TestSchema, testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

function open(metadata: Record<string, string>, clock: Clock = systemClock()) {
  const about = {
    name: 'statestore',
    type: 'state.postgresql',
    version: 'v2',
    appId: `breaks-${randomUUID()}`,
    namespace: '',
  };
  return postgresStateStore({ ...about, metadata, log: silentLog, clock, random: seededRandom() });
}

async function openInSchema(metadata: Record<string, string> = {}) {
  const schema = await testSchema(serverUrl);
  const name = `breaks-${randomUUID()}`;
  const url = new URL(schema.url);
  url.searchParams.set('application_name', name);
  const store = await open({ connectionstring: url.href, ...metadata });
  return {
    schema,
    store,
    put: (key: string, value: string) => store.set(call, { kind: 'set', key, value: Buffer.from(value) }),
    textAt: async (key: string) => Buffer.from((await store.get(call, key))?.data ?? []).toString(),
    /** What a restart of the server does to its clients. */
    endConnections: () =>
      schema.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]),
    async [Symbol.asyncDispose]() {
      await store.close();
      await schema.drop();
    },
  };
}

/** Keeps others from writing the row until disposed. */
async function lockedRow(
  schema: TestSchema,
  key: string,
): Promise<AsyncDisposable & { isWaitedFor(): Promise<boolean> }> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`set search_path = ${new URL(schema.url).searchParams.get('search_path')}`);
  await client.query('begin');
  await client.query('select from state where key = $1 for update', [key]);
  const waiting = 'select 1 from pg_locks where not granted and transactionid = pg_current_xact_id_if_assigned()::xid';
  return {
    isWaitedFor: async () => (await client.query(waiting)).rows.length > 0,
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('postgres: reads and writes work after the server closed all connections', { skip }, async () => {
  await using at = await openInSchema();
  await at.put('k', '1');
  for (const value of ['2', '3']) {
    await at.endConnections();
    // Reads are retried; a write on a connection whose loss was not yet noticed may be rejected.
    assert.notEqual(await at.textAt('k'), '');
    await until(() => succeeds(at.put('k', value)));
    assert.equal(await at.textAt('k'), value);
  }
});

test(
  'postgres: a write in flight during a connection loss is rejected as in doubt, later ones work',
  { skip },
  async () => {
    await using at = await openInSchema();
    await at.put('k', '1');
    {
      await using lock = await lockedRow(at.schema, 'k');
      const rejected = assert.rejects(
        at.put('k', '2'),
        /broke during a statement.*whether a write was stored is not known/,
      );
      await until(() => lock.isWaitedFor());
      await at.endConnections();
      await rejected;
    }
    await until(() => succeeds(at.put('k', '3')));
    assert.equal(await at.textAt('k'), '3');
  },
);

test('postgres: a write without a response is rejected after the timeout, later ones work', { skip }, async () => {
  await using at = await openInSchema({ timeout: '300ms' });
  await at.put('k', '1');
  {
    await using lock = await lockedRow(at.schema, 'k');
    const rejected = assert.rejects(at.put('k', '2'), /did not respond within 300 ms; nothing was changed/);
    await until(() => lock.isWaitedFor());
    await rejected;
  }
  await at.put('other', '3');
  assert.equal(await at.textAt('other'), '3');
});

test('postgres: a rejected write does not fail other writes of its batch', { skip }, async () => {
  await using at = await openInSchema();
  const tooLong = randomBytes(8000).toString('hex');
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, n) => at.put(n % 10 === 7 ? `${n}${tooLong}` : `k${n}`, String(n))),
  );
  for (const [n, result] of results.entries()) {
    assert.equal(result.status, n % 10 === 7 ? 'rejected' : 'fulfilled');
    if (result.status === 'rejected') assert.match(String(result.reason), /SQLSTATE 54000/);
  }
  assert.equal(await at.textAt('k8'), '8');
});

test('postgres: the error of an unreachable server names its address, after a wait for a starting one', async () => {
  const clock = fakeClock();
  const [port = 0] = await freePorts(1);
  let rejection: unknown;
  const opening = open({ connectionstring: `postgres://user@127.0.0.1:${port}/shop` }, clock).catch(
    (cause: unknown) => {
      rejection = cause;
    },
  );
  for (let waited = 0; rejection === undefined && waited < 200; waited++) await clock.tick(100);
  await opening;
  assert.match(String(rejection), new RegExp(`Postgres at 127.0.0.1:${port}/shop cannot be reached: .*ECONNREFUSED`));
});

test('postgres: a wrong login is rejected at once', { skip }, async () => {
  const url = new URL(serverUrl);
  url.pathname = '/no_such_database';
  await assert.rejects(
    open({ connectionstring: url.href }),
    /cannot be reached: database "no_such_database" does not exist/,
  );
});

test('postgres: everything is rejected after close', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const store = await open({ connectionstring: schema.url });
  const write = store.set(call, { kind: 'set', key: 'k', value: Buffer.from('1') });
  await store.close();
  await write;
  assert.deepEqual(await schema.query('select key from state'), [{ key: 'k' }], 'the write in flight is stored');
  await assert.rejects(store.set(call, { kind: 'set', key: 'k', value: Buffer.from('2') }), /closed/);
  await assert.rejects(store.get(call, 'k'), /closed/);
  await schema.drop();
});

test('postgres: several sidecars can start on an empty database at once', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const stores = await Promise.all(Array.from({ length: 5 }, () => open({ connectionstring: schema.url })));
  const columns = await schema.query(
    `select column_name, data_type, is_nullable from information_schema.columns
     where table_name = 'state' and table_schema = current_schema() order by ordinal_position`,
  );
  assert.deepEqual(
    columns.map((column) => Object.values(column).join(' ')),
    [
      'key text NO',
      'value bytea NO',
      'etag uuid NO',
      'created_at timestamp with time zone NO',
      'updated_at timestamp with time zone YES',
      'expires_at timestamp with time zone YES',
      'row_id bigint NO',
    ],
  );
  const levels = await schema.query(`select * from dapr_metadata where key like 'migrations-state%'`);
  assert.deepEqual(levels, [{ key: 'migrations-state-v2-', value: '2' }]);
  await Promise.all(stores.map((store) => store.close()));
  await schema.drop();
});

test('postgres: one of several sidecars removes expired rows, once per interval', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const stores = await Promise.all([1, 2].map(() => open({ connectionstring: schema.url, cleanupinterval: '100ms' })));
  const [store] = stores;
  await store?.set(call, { kind: 'set', key: 'expired', value: Buffer.from('1'), ttlSeconds: 1 });
  await store?.set(call, { kind: 'set', key: 'live', value: Buffer.from('1') });
  await schema.query(`update state set expires_at = now() - interval '1 hour' where key = 'expired'`);
  await until(async () => (await schema.query('select key from state')).length === 1);
  assert.ok((await schema.query(`select 1 from dapr_metadata where key = 'last-cleanup-state-v2-'`)).length === 1);
  await Promise.all(stores.map((one) => one.close()));
  await schema.drop();
});

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  const [result] = await Promise.allSettled([work]);
  return result.status === 'fulfilled';
}
