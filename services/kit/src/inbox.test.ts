import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { handleIdempotently, inboxMigration, pruneInbox, pruneInboxDaily } from './inbox.ts';
import { needsPostgres, testContext, testDatabase } from './testing.ts';

const migrations = [inboxMigration, { name: '001 effects', sql: 'create table effects (event_id text not null)' }];

test(
  'handleIdempotently: an event is handled once, however often and concurrently it is delivered',
  needsPostgres,
  async () => {
    await using database = await testDatabase(migrations);
    const handle = (): Promise<boolean> =>
      handleIdempotently(database, 'e1', async (tx) => {
        await tx.execute('insert into effects values ($1)', ['e1']);
      });
    const outcomes = await Promise.all([handle(), handle(), handle(), handle(), handle()]);
    assert.equal(outcomes.filter(Boolean).length, 1);
    assert.equal(await handle(), false);
    assert.equal((await database.query('select * from effects')).length, 1);
  },
);

test(
  'handleIdempotently: a failed event changes nothing and is handled when it is redelivered',
  needsPostgres,
  async () => {
    await using database = await testDatabase(migrations);
    const failing = handleIdempotently(database, 'e1', async (tx) => {
      await tx.execute('insert into effects values ($1)', ['e1']);
      throw new Error('halfway');
    });
    await assert.rejects(failing, /halfway/);
    assert.equal((await database.query('select * from effects')).length, 0);
    assert.equal(await handleIdempotently(database, 'e1', async () => {}), true);
  },
);

test('pruneInbox: old ids are deleted, recent ones are not', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  await handleIdempotently(database, 'old', async () => {});
  await handleIdempotently(database, 'new', async () => {});
  await database.execute("update inbox set handled_at = now() - interval '20 days' where event_id = 'old'");
  assert.equal(await pruneInbox(database), 1);
  assert.equal(await handleIdempotently(database, 'new', async () => {}), false);
});

const dayMs = 24 * 3_600_000;

test('pruneInboxDaily: the inbox is pruned at once and each day, also after a failure, until close', async () => {
  const clock = movableClock(0);
  let calls = 0;
  const execute = (): Promise<number> => {
    calls += 1;
    return calls === 2 ? Promise.reject(new Error('no')) : Promise.resolve(0);
  };
  const pruning = pruneInboxDaily({ ...testContext(), clock }, { execute });
  assert.equal(calls, 1);
  clock.moveTo(3 * dayMs);
  assert.equal(calls, 4);
  await pruning.close();
  clock.moveTo(9 * dayMs);
  assert.equal(calls, 4);
});
