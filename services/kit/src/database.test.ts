import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from './database.ts';
import { needsPostgres, testDatabase, testDatabaseUrl, testContext } from './testing.ts';

const migrations = [
  { name: '001 a', sql: 'create table a (n int)' },
  { name: '002 b', sql: 'insert into a values (1)' },
];

test('openDatabase: migrations run once, also when several processes start together', needsPostgres, async () => {
  await using first = await testDatabase(migrations);
  const again = (): ReturnType<typeof openDatabase> =>
    openDatabase(testContext(), { url: testDatabaseUrl, schema: first.schema, migrations });
  const others = await Promise.all([again(), again(), again()]);
  assert.deepEqual(await first.query('select n from a'), [{ n: 1 }]);
  for (const other of others) await other.close();
});

test('transaction: a failed one is rolled back and its connection is usable', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  for (let i = 0; i < 20; i++) {
    const failing = database.transaction(async (tx) => {
      await tx.execute('insert into a values (2)');
      await tx.execute('insert into nowhere values (2)');
    });
    await assert.rejects(failing, /nowhere/);
  }
  assert.deepEqual(await database.query('select n from a'), [{ n: 1 }]);
});

test(
  'transaction: statements prepared before a migration of another process work after it',
  needsPostgres,
  async () => {
    await using database = await testDatabase(migrations);
    const read = (): Promise<readonly object[]> => database.transaction((tx) => tx.query('select * from a'));
    assert.deepEqual(await read(), [{ n: 1 }]);
    await database.execute('alter table a add column m int');
    assert.deepEqual(await read(), [{ n: 1, m: null }]);
  },
);

test('afterCommit: tasks run after a commit, and not after a rollback', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const seen: string[] = [];
  await database.transaction(async (tx) => {
    tx.afterCommit(() => seen.push('after'));
    seen.push('within');
  });
  await assert.rejects(
    database.transaction(async (tx) => {
      tx.afterCommit(() => seen.push('never'));
      throw new Error('no');
    }),
  );
  assert.deepEqual(seen, ['within', 'after']);
});

test('database: a connection that the server ends is replaced', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const [row] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query('select pg_terminate_backend(pg_backend_pid())');
    }),
  );
  const [next] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  assert.notEqual(next?.pid, row?.pid);
});

test('query: a Postgres that does not respond is a timeout, and its connection is closed', needsPostgres, async () => {
  await using first = await testDatabase(migrations);
  const { schema } = first;
  const database = await openDatabase(testContext(), { url: testDatabaseUrl, schema, migrations, queryLimitMs: 300 });
  const pidOf = async (): Promise<unknown> => (await database.query('select pg_backend_pid() as pid'))[0]?.['pid'];
  const before = await pidOf();
  await assert.rejects(database.query('select pg_sleep(5)'), /timeout/i);
  await assert.rejects(
    database.transaction((tx) => tx.query('select pg_sleep(5)')),
    /timeout/i,
  );
  assert.notEqual(await pidOf(), before);
  await database.close();
});

test('openDatabase: an unreachable Postgres is reported after connectTimeoutMs, with the schema', async () => {
  const opening = openDatabase(testContext(), {
    url: 'postgres://nobody@127.0.0.1:1/none',
    schema: 'none',
    migrations: [],
    connectTimeoutMs: 200,
  });
  await assert.rejects(opening, /schema none could not be opened: .*ECONNREFUSED/);
});
