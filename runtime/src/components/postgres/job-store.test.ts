import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobStoreConformance, plainJob } from '#blocks/jobs/job-store.conformance.ts';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresJobStore } from './job-store.ts';
import { postgresSettings } from './settings.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

async function open() {
  const schema = await testSchema(serverUrl);
  const clock = systemClock();
  const settings = postgresSettings({
    name: 'statestore',
    type: 'state.postgresql',
    version: 'v2',
    metadata: { connectionstring: schema.url },
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock,
    random: seededRandom(),
  });
  const storeOf = (owner: string, holder: string) => postgresJobStore(owner, settings, { clock, holder });
  const [store, second, stranger] = [storeOf('shop', 'one'), storeOf('shop', 'two'), storeOf('other', 'three')];
  return {
    store,
    second,
    stranger,
    schema,
    async pass(ms: number) {
      // The database's clock cannot be moved, so what is stored moves instead.
      await schema.query(`update outrigger_jobs set leased_until = leased_until - $1 * interval '1 millisecond'`, [ms]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([store.close(), second.close(), stranger.close()]);
      await schema.drop();
    },
  };
}

jobStoreConformance('postgres', open, { skip });

test('postgres jobs: sidecars that start together create the table once', { skip }, async () => {
  await using bench = await open();
  const call = {
    trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
    signal: new AbortController().signal,
  };
  await Promise.all([bench.store.put(call, plainJob('a'), false), bench.second.put(call, plainJob('b'), false)]);
  const rows = await bench.schema.query('select name from outrigger_jobs order by name');
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['a', 'b'],
  );
});
