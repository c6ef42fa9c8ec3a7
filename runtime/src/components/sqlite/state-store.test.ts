import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { SetOperation } from '#blocks/state/state-store.ts';
import { sqliteStateStore } from './state-store.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

function context(metadata: Readonly<Record<string, string>>, clock: Clock = fakeClock()): ComponentContext {
  const identity = { name: 'statestore', type: 'state.sqlite', version: 'v1', appId: 'orders', namespace: '' };
  return { ...identity, metadata, log: silentLog, clock, random: seededRandom() };
}

async function folder(): Promise<AsyncDisposable & { file: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sqlite-'));
  return {
    file: join(path, 'state.db'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

function set(key: string, value: string, more: Partial<SetOperation> = {}): SetOperation {
  return { kind: 'set', key, value: Buffer.from(value), ...more };
}

for (const disablewal of ['false', 'true']) {
  stateStoreConformance(disablewal === 'true' ? 'sqlite without WAL' : 'sqlite', async () => {
    const home = await folder();
    const clock = fakeClock();
    const store = await sqliteStateStore(context({ connectionstring: home.file, disablewal }, clock));
    return {
      store,
      passTime: (ms) => clock.tick(ms),
      async close() {
        await store.close();
        await home[Symbol.asyncDispose]();
      },
    };
  });
}

stateStoreConformance('sqlite in memory', async () => {
  const clock = fakeClock();
  const store = await sqliteStateStore(context({ connectionstring: ':memory:' }, clock));
  return { store, passTime: (ms) => clock.tick(ms), close: () => store.close() };
});

test('sqlite state: rows have upstream’s format', async () => {
  await using home = await folder();
  const clock = fakeClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const store = await sqliteStateStore(context({ connectionstring: `file:${home.file}` }, clock));
  await store.set(call, set('orders||json', '{"a":1}', { isJson: true, ttlSeconds: 60 }));
  await store.set(call, set('orders||bytes', 'hello'));
  await store.close();
  const database = new DatabaseSync(home.file);
  const rows = database.prepare('select key, value, is_binary, expiration_time, update_time from state order by key');
  assert.deepEqual(
    rows.all().map((row) => Object.values(row)),
    [
      ['orders||bytes', 'aGVsbG8=', 1, null, '2026-01-02 03:04:05'],
      ['orders||json', '{"a":1}', 0, '2026-01-02 03:05:05', '2026-01-02 03:04:05'],
    ],
  );
  assert.equal(database.prepare(`select value from metadata where key = 'migrations'`).get()?.['value'], '1');
  assert.equal(database.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
});

test('sqlite state: two stores in one file use their own tables', async () => {
  await using home = await folder();
  const one = await sqliteStateStore(context({ connectionstring: home.file }));
  const other = await sqliteStateStore(context({ connectionstring: home.file, tablename: 'other' }));
  await one.set(call, set('k', 'one'));
  await other.set(call, set('k', 'other'));
  assert.equal(Buffer.from((await one.get(call, 'k'))?.data ?? []).toString(), 'one');
  assert.equal(Buffer.from((await other.get(call, 'k'))?.data ?? []).toString(), 'other');
  await one.close();
  await other.close();
});

test('sqlite state: a write waits for another process, and fails after busyTimeout', async () => {
  await using home = await folder();
  const clock = fakeClock();
  const store = await sqliteStateStore(context({ connectionstring: home.file, busytimeout: '1s' }, clock));
  const rival = new DatabaseSync(home.file);
  rival.exec('begin immediate');
  const late = store.set(call, set('k', '1'));
  const rejected = assert.rejects(late, /locked by another process; nothing was changed/);
  for (let at = 0; at < 40; at++) await clock.tick(50);
  await rejected;
  const patient = store.set(call, set('k', '2'));
  await clock.tick(50);
  rival.exec('commit');
  for (let at = 0; at < 4; at++) await clock.tick(50);
  await patient;
  rival.close();
  assert.equal(Buffer.from((await store.get(call, 'k'))?.data ?? []).toString(), '2');
  await store.close();
});

test('sqlite state: removes only expired rows, once per interval', async () => {
  await using home = await folder();
  const clock = fakeClock();
  const metadata = { connectionstring: home.file, cleanupinterval: '10s' };
  const store = await sqliteStateStore(context(metadata, clock));
  await store.set(call, set('short', '1', { ttlSeconds: 5 }));
  await store.set(call, set('long', '1', { ttlSeconds: 500 }));
  await store.set(call, set('forever', '1'));
  await clock.tick(11_000);
  await store.set(call, set('x', '1'));
  const reader = new DatabaseSync(home.file);
  const keys = reader.prepare('select key from state order by key').all();
  assert.deepEqual(
    keys.map((row) => row['key']),
    ['forever', 'long', 'x'],
  );
  reader.close();
  await store.close();
});

test('sqlite state: concurrent writes share a commit', async () => {
  await using home = await folder();
  const store = await sqliteStateStore(context({ connectionstring: home.file }));
  const reader = new DatabaseSync(home.file);
  const version = (): unknown => reader.prepare('pragma data_version').get()?.['data_version'];
  const before = Number(version());
  await Promise.all(Array.from({ length: 100 }, (_, at) => store.set(call, set(`k${at}`, '1'))));
  assert.equal(Number(version()), before + 1);
  reader.close();
  await store.close();
});

test('sqlite state: an aborted call writes nothing', async () => {
  await using home = await folder();
  const store = await sqliteStateStore(context({ connectionstring: home.file }));
  const aborted = { ...call, signal: AbortSignal.abort(new Error('cancelled')) };
  await assert.rejects(store.set(aborted, set('k', '1')), /cancelled/);
  assert.equal(await store.get(call, 'k'), undefined);
  await store.close();
  await assert.rejects(store.set(call, set('k', '1')), /closed/);
});

test('state.sqlite: logs who can share its actors', async () => {
  await using home = await folder();
  const lines: string[] = [];
  const log = { ...silentLog, info: (_fields: unknown, message: string) => void lines.push(message) };
  for (const connectionstring of [home.file, ':memory:']) {
    const store = await sqliteStateStore({ ...context({ connectionstring, actorstatestore: 'true' }), log });
    store.actorStore('orders');
    await store.close();
  }
  assert.match(lines[0] ?? '', /only sidecars that open the same file share them/);
  assert.match(lines[1] ?? '', /no other sidecar can share them/);
});

test('sqlite settings: invalid metadata is rejected with the reason', async () => {
  const rejected: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{}, /missing connection string: set metadata connectionString/],
    [{ connectionstring: 'file:' }, /names no file/],
    [{ connectionstring: 'a.db?_pragma=busy_timeout(1)' }, /use busyTimeout/],
    [{ connectionstring: 'a.db?_pragma=cache_size(1);drop' }, /not of the form/],
    [{ connectionstring: ':memory:', tablename: 'a; drop' }, /tableName is 'a; drop', it should be a name/],
    [{ connectionstring: ':memory:', busytimeout: 'soon' }, /busyTimeout is 'soon', it should be a duration/],
    [{ connectionstring: ':memory:', timeout: '10ms' }, /timeout is '10ms', it should be 1s or more/],
    [{ connectionstring: '/nowhere/at/all/state.db' }, /cannot be used: unable to open/],
  ];
  for (const [metadata, why] of rejected) await assert.rejects(sqliteStateStore(context(metadata)), why);
});
