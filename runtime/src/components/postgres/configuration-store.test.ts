import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { configurationStoreConformance } from '#blocks/configuration/configuration-store.conformance.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresConfigurationStore } from './configuration-store.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;
const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

function context(metadata: Readonly<Record<string, string>>): ComponentContext {
  return {
    name: 'config',
    type: 'configuration.postgresql',
    version: 'v1',
    metadata: { table: 'settings', ...metadata },
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock: systemClock(),
    random: seededRandom(),
  };
}

/** A table with the trigger of upstream's documentation; a deleted row is notified without its value. */
async function fixture(more: Readonly<Record<string, string>> = {}) {
  const schema = await testSchema(serverUrl);
  const channel = `changes_${Math.random().toString(36).slice(2)}`;
  await schema.query(
    `create table settings (key text not null, value text not null, version text not null, metadata json)`,
  );
  await schema.query(`create function notify_change() returns trigger as $$
    begin
      perform pg_notify('${channel}', json_build_object('data', case when tg_op = 'DELETE'
        then json_build_object('key', old.key) else row_to_json(new) end)::text);
      return null;
    end $$ language plpgsql`);
  await schema.query(`create trigger notify_change after insert or update or delete on settings
    for each row execute procedure notify_change()`);
  const store = await postgresConfigurationStore(context({ connectionstring: schema.url, ...more }));
  return { schema, channel, store };
}

configurationStoreConformance(
  'postgres',
  async () => {
    const { schema, channel, store } = await fixture();
    return {
      store,
      metadata: { pgNotifyChannel: channel },
      async put(key, value, version) {
        await schema.query('delete from settings where key = $1 and version = $2', [key, version]);
        await schema.query('insert into settings (key, value, version) values ($1, $2, $3)', [key, value, version]);
      },
      remove: async (key) => void (await schema.query('delete from settings where key = $1', [key])),
      async breakConnection() {
        const text = `select pg_terminate_backend(pid) from pg_stat_activity where query = $1`;
        await schema.query(text, [`listen ${channel}`]);
      },
      wait: (ms) => wait(ms),
      async [Symbol.asyncDispose]() {
        await store.close();
        await schema.drop();
      },
    };
  },
  { skip },
);

test('postgres configuration: reads the highest version with its metadata', { skip }, async () => {
  const { schema, store } = await fixture();
  await schema.query(`insert into settings values ('a', 'ninth', '9', null), ('a', 'tenth', '10', '{"by": "ann", "n": 1}'),
    ('a', 'named', 'latest', null), ('b', 'only', 'v1', null)`);
  const items = await store.get(call, { keys: ['a', 'b'], metadata: {} });
  assert.deepEqual(items.get('a'), { value: 'tenth', version: '10', metadata: { by: 'ann', n: '1' } });
  assert.deepEqual(items.get('b'), { value: 'only', version: 'v1', metadata: {} });
  await store.close();
  await schema.drop();
});

test('postgres configuration: a subscription requires a valid channel', { skip }, async () => {
  const { schema, store } = await fixture();
  const listener = { changed() {}, resumed() {} };
  await assert.rejects(store.watch(call, { keys: [], metadata: {} }, listener), /notifyChannel must be set/);
  const evil = { pgNotifyChannel: 'x; drop table settings' };
  await assert.rejects(store.watch(call, { keys: [], metadata: evil }, listener), /a-z, 0-9 and _ only/);
  await store.close();
  await schema.drop();
});

test('postgres configuration: a missing table and an invalid name are errors at the start', { skip }, async () => {
  const at = (table: string) => postgresConfigurationStore(context({ connectionstring: serverUrl, table }));
  await assert.rejects(at('nowhere_to_be_found'), /table 'nowhere_to_be_found' does not exist/);
  await assert.rejects(at('a; drop table b'), /a-z, 0-9 and _ only/);
  await assert.rejects(at(''), /table is missing/);
});
