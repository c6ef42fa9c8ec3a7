import assert from 'node:assert/strict';
import test from 'node:test';
import { Client } from 'pg';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import {
  call,
  changes,
  event,
  claimPartition,
  rejectsWith,
  set,
  textOf,
} from '#blocks/actors/actor-samples.conformance.ts';
import { actorOwnershipLost } from '#blocks/actors/errors.ts';
import { actorStoreConformance } from '#blocks/actors/actor-store.conformance.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresStateStoreV1 } from './state-store-v1.ts';
import { postgresStateStore } from './state-store.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';

const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

async function openDatabase(version: 'v1' | 'v2' = 'v2') {
  const schema = await testSchema(serverUrl);
  const [factory, expiry, prefix] =
    version === 'v1' ? [postgresStateStoreV1, 'expiredate', 'state_'] : [postgresStateStore, 'expires_at', ''];
  const store = await factory({
    name: 'statestore',
    type: 'state.postgresql',
    version,
    metadata: { connectionstring: schema.url },
    appId: 'orders',
    namespace: '',
    log: silentLog,
    clock: systemClock(),
    random: seededRandom(),
  });
  return {
    schema,
    open: async (appId: string) => store.actorStore(appId),
    async passTime(ms: number) {
      // The database's clock cannot be moved, so what is stored moves instead.
      const back = `- interval '${ms} milliseconds'`;
      await schema.query(`update state set ${expiry} = ${expiry} ${back};
        update ${prefix}outrigger_hosts set lease_until = lease_until ${back};
        update ${prefix}outrigger_outbox set leased_until = leased_until ${back}`);
    },
    async whileBlocked(key: string, write: () => Promise<void>, during: () => Promise<void>) {
      await using holder = await session(schema.url);
      await holder.query('begin');
      await holder.query('select from state where key = $1 for update', [key]);
      const written = write();
      await until(async () => (await schema.query(waitingForLock)).length > 0);
      await during();
      await holder.query('commit');
      await written;
    },
    async close() {
      await store.close();
      await schema.drop();
    },
  };
}

/** A connection of the test's own into the schema. */
async function session(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`set search_path = ${new URL(url).searchParams.get('search_path')}`);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const waitingForLock = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%outrigger_partitions%'`;

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

actorStoreConformance('postgres', openDatabase, { skip });
actorStoreConformance('postgres v1', () => openDatabase('v1'), { skip });

test('postgres actors: a stale write waits for a takeover and writes nothing', { skip }, async () => {
  const database = await openDatabase();
  const store = await database.open('orders');
  try {
    const { fence, actor } = await claimPartition(store);
    await using takeover = await session(database.schema.url);
    await takeover.query('begin');
    await takeover.query('update outrigger_partitions set epoch = epoch + 1 where type = $1', [fence.type]);
    let hasEnded = false;
    const write = store
      .commit(call, actor, fence, changes({ operations: [set('a', 'stale')], events: [event('stale')] }))
      .finally(() => (hasEnded = true));
    await until(async () => (await database.schema.query(waitingForLock)).length > 0);
    assert.ok(!hasEnded, 'the write waits');
    // handled before it can happen: the write may be rejected before the response of the commit is read
    const rejected = rejectsWith(actorOwnershipLost('', ''), write);
    await takeover.query('commit');
    await rejected;
    assert.equal(await textOf(store, actor, 'a'), undefined);
    assert.deepEqual(await store.outbox.claim(10, 1), []);
  } finally {
    await store.close();
    await database.close();
  }
});
