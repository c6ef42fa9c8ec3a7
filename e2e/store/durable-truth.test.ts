import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import { openBroker, orderOf, type StoredEvent } from '../harness/broker.ts';
import { database, type Rows } from '../harness/database.ts';
import { Shopper } from '../harness/shopper.ts';
import { sharedStore, type StoreUnderTest } from '../harness/store.ts';

describe('stored data', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let shopper: Shopper;
  let orderId: string;
  let rows: Rows;

  before(async () => {
    store = await sharedStore();
    rows = database(() => store.running());
    shopper = new Shopper(store.url);
    const [product] = (await shopper.get<ProductPage>('/api/products?q=buoy&stock=1')).products;
    assert.ok(product);
    orderId = await shopper.buy(product.id);
    await shopper.reaches(orderId, 'delivered');
  });

  test('actor state: is in Postgres under Dapr’s keys', async () => {
    const matches = await rows<{ key: string; value: Buffer; etag: string }>(
      'select key, value, etag from state where key like $1',
      [`order||order||${orderId}||%`],
    );
    assert.ok(matches.length >= 1, 'no row for the order actor');
    const state = JSON.parse(
      matches.map(({ value }) => value.toString()).find((text) => text.includes('delivered')) ?? '{}',
    ) as Record<string, unknown>;
    assert.ok(JSON.stringify(state).includes(orderId));
    assert.match(matches[0]?.etag ?? '', /^[0-9a-f-]{36}$/);
    const carts = await rows<{ key: string }>('select key from state where key like $1', ['cart||cart||%']);
    assert.ok(carts.length >= 1, 'no row for a cart actor');
  });

  test('services: store stock, payments and orders in their own tables', async () => {
    const [payment] = await rows<{ state: string }>('select * from payment.payments where order_id = $1', [orderId]);
    assert.equal(payment?.state, 'captured');
    assert.equal((await rows('select 1 from ordering.order_events where order_id = $1', [orderId])).length, 7);
    assert.ok((await rows('select 1 from catalog.reservations where order_id = $1', [orderId])).length >= 1);
  });

  test('Postgres: contains no card number', async () => {
    const columns = await rows<{ table_schema: string; table_name: string; column_name: string }>(
      "select table_schema, table_name, column_name from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')",
      [],
    );
    assert.ok(columns.length > 30);
    for (const { table_schema, table_name, column_name } of columns) {
      const matches = await rows<{ n: string }>(
        `select count(*) as n from "${table_schema}"."${table_name}" where position('4242424242424242' in "${column_name}"::text) > 0 or position(encode('4242424242424242', 'hex') in "${column_name}"::text) > 0`,
        [],
      );
      assert.equal(matches[0]?.n, '0', `${table_schema}.${table_name}.${column_name} holds a card number`);
    }
  });

  test('JetStream: stores the events in one trace, with gapless versions', async () => {
    const broker = await openBroker(() => store.running());
    try {
      const events: StoredEvent[] = [];
      for (const topic of Object.values(topics).filter((each) => each !== topics.products))
        events.push(...(await broker.events(topic)).filter((event) => orderOf(event) === orderId));
      const types = events.map(({ type }) => type);
      for (const type of [
        'cart.checked-out',
        'order.changed',
        'reserve-stock',
        'stock.reserved',
        'charge',
        'payment.captured',
      ])
        assert.ok(types.includes(type), `no ${type} among ${types.join(', ')}`);
      assert.deepEqual(
        events.filter(({ type }) => type === 'order.changed').map(({ data }) => data.version),
        [1, 2, 3, 4, 5, 6, 7],
      );
      assert.equal(new Set(events.map(({ traceparent }) => traceparent?.split('-')[1])).size, 1);
      assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
      assert.ok(!JSON.stringify(events).includes('4242424242424242'));
    } finally {
      await broker.close();
    }
  });
});
