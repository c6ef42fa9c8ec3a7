import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '@tidewater/kit/database.ts';
import type { Migration } from '@tidewater/kit/database.ts';
import { needsPostgres, testDatabase, testDatabaseUrl, testContext } from '@tidewater/kit/testing.ts';
import { migrations } from './migrations.ts';
import { readBalances } from '../queries/balances.ts';
import { readPayment } from '../queries/stored-payment.ts';
import { migrations as providerMigrations } from '../provider/schema/migrations.ts';
import { readLedger } from '../provider/commands/provider-ledger.ts';

/** Fills a schema of the first version, then brings it to the newest. */
async function upgraded(all: readonly Migration[], fill: string) {
  const next = all.findIndex(({ name }) => name.startsWith('002'));
  const first = await testDatabase(all.slice(0, next));
  await first.execute(fill);
  const options = { url: testDatabaseUrl, schema: first.schema, migrations: all, connectTimeoutMs: 3_000 };
  const database = await openDatabase(testContext(), options);
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await first.close();
    },
  };
}

test(
  'payment migrations: rows of the first version are read, without the card of the browser',
  needsPostgres,
  async () => {
    await using old = await upgraded(
      migrations,
      `insert into payments (order_id, state, goal, amount, token, card, authorization_id)
     values ('o1', 'captured', 'charge', 1999, 'tok_1', 'Gold <b>Amex</b> 9999', 'auth_1')`,
    );
    assert.deepEqual(await readPayment(old.database, 'o1'), {
      orderId: 'o1',
      state: 'captured',
      goal: 'charge',
      amount: { amount: 1999, currency: 'EUR' },
      token: 'tok_1',
      customer: '',
      card: undefined,
      authorizationId: 'auth_1',
      reason: undefined,
    });
    assert.deepEqual(await readBalances(old.database, ['o1']), [
      { orderId: 'o1', captured: 1999, refunded: 0, currency: 'EUR' },
    ]);
  },
);

test(
  'provider migrations: entries of the first version are read, and token responses are deleted',
  needsPostgres,
  async () => {
    await using old = await upgraded(
      providerMigrations,
      `with t as (insert into tokens (token, brand, last4, behaviour) values ('tok_1', 'Visa', '4242', 'approved')),
       a as (insert into answers (key, request, body) values ('k1', 'tokens', '{}'), ('k2', '["/authorizations"]', '{}'))
     insert into authorizations (id, reference, token, status, amount) values ('auth_1', 'o1', 'tok_1', 'authorized', 1999)`,
    );
    const [entry] = await readLedger(old.database, { limit: 10 });
    assert.deepEqual([entry?.id, entry?.card], ['auth_1', { brand: 'Visa', last4: '4242' }]);
    assert.deepEqual(await old.database.query('select kind, customer, key from idempotent_responses'), [
      { kind: 'secret', customer: '', key: 'k2' },
    ]);
  },
);
