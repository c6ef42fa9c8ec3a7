import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimRows, insertRow, outboxMigrations, settleRows } from './outbox-rows.ts';
import type { OutboxRow, PublishedRows } from './outbox-rows.ts';
import { needsPostgres, testDatabase } from './testing.ts';

const nothing: PublishedRows = { sent: [], released: [], failed: [], parked: [] };
const outcomes: Readonly<Record<string, (row: OutboxRow) => Partial<PublishedRows>>> = {
  released: ({ seq }) => ({ released: [seq] }),
  failed: ({ seq }) => ({ failed: [{ seq, delayMs: 60_000, error: 'too late' }] }),
  parked: ({ seq, subject }) => ({ parked: [{ seq, subject, error: 'too late' }] }),
};

for (const [name, outcome] of Object.entries(outcomes)) {
  test(
    `settleRows: a row that another relay has claimed since is not ${name} by a relay whose lease has ended`,
    needsPostgres,
    async () => {
      await using database = await testDatabase(outboxMigrations);
      await insertRow(database, { id: 'e1', pubsub: 'pubsub', topic: 'stock', type: 'stock.reserved', subject: 'a' });
      const [stopped] = await claimRows(database, false);
      await database.execute("update outbox set leased_until = now() - interval '1 second'");
      const [current] = await claimRows(database, false);
      assert.ok(stopped && current && stopped.lease !== current.lease);
      await settleRows(database, stopped.lease, { ...nothing, ...outcome(stopped) });
      const columns = 'leased_until::text as lease, attempts, retry_at, parked_at, error';
      assert.deepEqual(await database.query(`select ${columns} from outbox`), [
        { lease: current.lease, attempts: 2, retry_at: null, parked_at: null, error: null },
      ]);
      await settleRows(database, current.lease, { ...nothing, sent: [current.seq] });
      assert.deepEqual(await database.query('select 1 from outbox'), []);
    },
  );
}
