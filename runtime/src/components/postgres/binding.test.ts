import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresBinding } from './binding.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

async function database() {
  const schema = await testSchema(serverUrl);
  const about = { name: 'sql', type: 'bindings.postgresql', version: 'v1', appId: 'shop', namespace: '' };
  const dependencies = { log: silentLog, clock: systemClock(), random: seededRandom() };
  const binding = await postgresBinding({ ...about, ...dependencies, metadata: { url: schema.url } });
  const run = async (operation: string, sql?: string, params?: unknown) => {
    const metadata: Record<string, string> = {};
    if (sql !== undefined) metadata['sql'] = sql;
    if (params !== undefined) metadata['params'] = typeof params === 'string' ? params : JSON.stringify(params);
    return await binding.invoke(call, { operation, data: Buffer.alloc(0), metadata });
  };
  const rows = async (sql: string, params?: unknown) =>
    Buffer.from((await run('query', sql, params))?.data ?? []).toString();
  return {
    run,
    rows,
    async [Symbol.asyncDispose]() {
      await binding.close();
      await schema.drop();
    },
  };
}

test('postgres binding: exec returns a count, query returns rows, both with times', { skip }, async () => {
  await using it = await database();
  await it.run('exec', 'create table t (a int, b text)');
  const changed = await it.run('exec', "insert into t values (1, 'x'), (2, $1)", ['y']);
  assert.equal(changed?.metadata?.['rows-affected'], '2');
  assert.equal(changed?.metadata?.['operation'], 'exec');
  assert.match(changed?.metadata?.['start-time'] ?? '', /^\d{4}-.*Z$/);
  assert.equal(await it.rows('select a, b from t where a > $1 order by a', [0]), '[[1,"x"],[2,"y"]]');
  assert.equal(await it.rows('select a from t where false'), '[]');
});

test('postgres binding: columns become upstream’s JSON', { skip }, async () => {
  await using it = await database();
  const cells: readonly (readonly [string, string])[] = [
    ['9007199254740993::bigint', '9007199254740993'],
    ['1.50::numeric', '1.50'],
    ["'NaN'::float8", '"NaN"'],
    ['1e300::float8', '1e+300'],
    ['true', 'true'],
    ['null', 'null'],
    ["'a\"b'", '"a\\"b"'],
    ['\'{"k":[1]}\'::jsonb', '{"k": [1]}'],
    ["'\\x0102'::bytea", '"AQI="'],
    ["'2020-01-02'::date", '"2020-01-02T00:00:00Z"'],
    ["'2020-01-02 03:04:05.5'::timestamp", '"2020-01-02T03:04:05.5Z"'],
    ["'2020-01-02 03:04:05+02'::timestamptz", '"2020-01-02T01:04:05Z"'],
    ["'00000000-0000-0000-0000-0000000000ff'::uuid", `[${'0,'.repeat(15)}255]`],
    ['array[[1,2],[3,null]]', '[[1,2],[3,null]]'],
    ["array['a','b,\"c','NULL','']", '["a","b,\\"c","NULL",""]'],
    ["'{}'::int[]", '[]'],
  ];
  for (const [sql, json] of cells) assert.equal(await it.rows(`select ${sql}`), `[[${json}]]`, sql);
});

test(
  'postgres binding: rejects invalid requests, several statements, and any request after close',
  { skip },
  async () => {
    await using it = await database();
    await assert.rejects(
      it.run('query', 'select * from nowhere'),
      /error executing query: ERROR: .* \(SQLSTATE 42P01\)/,
    );
    await assert.rejects(it.run('exec', 'select 1; select 2'), /multiple commands/);
    await assert.rejects(it.run('exec', 'select 1', 'bad'), /invalid metadata property params/);
    await assert.rejects(it.run('exec', 'select 1', '{}'), /not an array/);
    await assert.rejects(it.run('query'), /required metadata not set: sql/);
    assert.equal(await it.run('close'), undefined);
    await assert.rejects(it.run('query', 'select 1'), /component is closed/);
  },
);

test('postgres binding: the error of an unreachable database names its address', async () => {
  const about = { name: 'sql', type: 'bindings.postgresql', version: 'v1', appId: 'shop', namespace: '' };
  const dependencies = { log: silentLog, clock: systemClock(), random: seededRandom() };
  const metadata = { url: 'postgres://nobody@127.0.0.1:1/none' };
  await assert.rejects(
    postgresBinding({ ...about, ...dependencies, metadata }),
    /127\.0\.0\.1:1\/none cannot be reached/,
  );
});
