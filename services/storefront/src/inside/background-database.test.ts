import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import type { Database } from '@tidewater/kit/database.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import { openInBackground } from './background-database.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('openInBackground: until the schema is open queries are 503, and opening is retried', async () => {
  const clock = movableClock(0);
  let attempts = 0;
  let isClosed = false;
  const opened = { close: async () => void (isClosed = true) } as unknown as Database;
  const open = async (): Promise<Database> => {
    if (++attempts < 3) throw new Error('no connection');
    return opened;
  };
  const options = { schema: 'test', migrations: [] };
  const database = openInBackground(testContext({ clock }), options, open);
  for (let attempt = 1; attempt <= 2; attempt++) {
    await turn();
    assert.throws(() => database.queries(), { status: 503 });
    clock.moveTo(clock.now() + 5_000);
  }
  await turn();
  assert.equal(database.queries(), opened);
  await database.close();
  assert.ok(isClosed);
});
