import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { startReaper } from '../launcher/reaper.ts';
import { supervise } from '../launcher/supervised.ts';
import { StartError } from './server.ts';
import { postgresServer, preparePostgres, removePostgresData } from './postgres.ts';

const address = 'a.shopper@example.org';

/** Each puts the address into the message, the row, the statement or the parameters of an error. */
const failures: readonly (readonly [sql: string, parameters: readonly unknown[]])[] = [
  ['insert into shoppers values ($1, -1)', [address]],
  [`insert into shoppers values ('${address}', -1)`, []],
  ['insert into shoppers values ($1, 1)', [address]],
  ['select $1::text::integer', [address]],
  [`select '${address}'::integer`, []],
  ['select $1::text::jsonb', [`{"email":"${address}"`]],
  ['select $1::text::jsonb', [`{"email":"${address}\\u0000"}`]],
  [`select * from "${address}"`, []],
  [`do $$ begin raise warning '${address}'; end $$`, []],
];

test('postgresServer: no failed row, statement or parameter is written to its log', { timeout: 60_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), 'postgres-log-'));
  const server = await postgresServer(home, () => undefined, { ...process.env, DATABASE_URL: undefined });
  assert.ok(server.command);
  const logFile = join(home, 'postgres.log');
  const reaper = startReaper();
  const ignore = { onLine() {}, onExit() {}, onRestart() {} };
  const program = supervise({ name: 'postgres', ...server.command }, logFile, reaper, ignore);
  program.start();
  try {
    await preparePostgres(server, 30_000);
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('create table shoppers (email text primary key, quantity int check (quantity > 0))');
    await client.query('insert into shoppers values ($1, 1)', [address]);
    let rejected = 0;
    for (const [sql, parameters] of failures) await client.query(sql, [...parameters]).catch(() => rejected++);
    assert.equal(rejected, failures.length - 1, 'all but the warning');
    await client.end();
  } finally {
    await program.stop(5000);
    reaper.close();
  }
  const log = readFileSync(logFile, 'utf8');
  assert.match(log, /ready to accept connections/, 'what concerns the server itself is there');
  assert.doesNotMatch(log, /shopper/);
  removePostgresData(home);
  rmSync(home, { recursive: true, force: true });
});

for (const url of ['hello', '/var/run', 'http://127.0.0.1:5432/tidewater'])
  test(`postgresServer: DATABASE_URL=${url} is an error with an example of a valid URL`, () =>
    assert.rejects(
      postgresServer('/nowhere', () => undefined, { DATABASE_URL: url }),
      (error) =>
        error instanceof StartError && /DATABASE_URL is not a URL/.test(error.message) && /postgres:/.test(error.fix),
    ));
