import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockStoreConformance } from '#blocks/lock/lock-store.conformance.ts';
import { seededRandom } from '#core/random.ts';
import type { Call } from '#core/call.ts';
import type { ComponentContext } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresLockStore } from './lock-store.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;
const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

function context(connectionString: string): ComponentContext {
  return {
    name: 'locks',
    type: 'lock.postgresql',
    version: 'v1',
    metadata: { connectionstring: connectionString },
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock: systemClock(),
    random: seededRandom(),
  };
}

lockStoreConformance(
  'postgres',
  async () => {
    const schema = await testSchema(serverUrl);
    // both at once, since sidecars start together
    const [store, second] = await Promise.all([
      postgresLockStore(context(schema.url)),
      postgresLockStore(context(schema.url)),
    ]);
    return {
      store,
      second,
      async passTime(ms) {
        // the database's clock cannot be moved, so what is stored moves instead
        const text = `update outrigger_locks set expires_at = expires_at - $1 * interval '1 millisecond'`;
        await schema.query(text, [ms]);
      },
      async close() {
        await Promise.all([store.close(), second.close()]);
        await schema.drop();
      },
    };
  },
  { skip },
);

test('postgres lock: removes expired locks', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const clock = fakeClock();
  const store = await postgresLockStore({ ...context(schema.url), clock });
  for (const [resourceId, expirySeconds] of [
    ['over', 10],
    ['held', 100],
  ] as const)
    await store.tryLock(call, { resourceId, lockOwner: 'ann', expirySeconds });
  await schema.query(`update outrigger_locks set expires_at = expires_at - interval '50 seconds'`);
  await clock.tick(3_600_000);
  // statements of the connection run in order: after this response the sweep is done
  await store.unlock(call, { resourceId: 'none', lockOwner: 'ann' });
  assert.deepEqual(await schema.query('select resource from outrigger_locks'), [{ resource: 'held' }]);
  await store.close();
  await schema.drop();
});
