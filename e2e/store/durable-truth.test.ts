import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { natsOptions } from '../../infra/servers/nats.ts';
import { Shopper } from '../harness/shopper.ts';
import { sharedStore, type StoreUnderTest } from '../harness/store.ts';

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly traceparent: string;
  readonly data: {
    readonly orderId?: string;
    readonly version?: number;
    readonly order?: { readonly orderId: string };
  };
}

describe('where the truth lies', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let shopper: Shopper;
  let orderId: string;

  before(async () => {
    store = await sharedStore();
    shopper = new Shopper(store.url);
    const [product] = (await shopper.get<ProductPage>('/api/products?q=buoy&stock=1')).products;
    assert.ok(product);
    orderId = await shopper.buy(product.id);
    await shopper.reaches(orderId, 'delivered');
  });

  async function rows<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: store.running().servers.postgres });
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  test('actor state stands in Postgres under Dapr’s keys', async () => {
    const found = await rows<{ key: string; value: Buffer; etag: string }>(
      'select key, value, etag from state where key like $1',
      [`order||order||${orderId}||%`],
    );
    assert.ok(found.length >= 1, 'no row for the order actor');
    const state = JSON.parse(
      found.map(({ value }) => value.toString()).find((text) => text.includes('delivered')) ?? '{}',
    ) as Record<string, unknown>;
    assert.ok(JSON.stringify(state).includes(orderId));
    assert.match(found[0]?.etag ?? '', /^[0-9a-f-]{36}$/);
    const carts = await rows<{ key: string }>('select key from state where key like $1', ['cart||cart||%']);
    assert.ok(carts.length >= 1, 'no row for a cart actor');
  });

  test('services keep their own tables: stock, payments, orders', async () => {
    const [payment] = await rows<{ state: string }>('select * from payment.payments where order_id = $1', [orderId]);
    assert.equal(payment?.state, 'captured');
    assert.equal((await rows('select 1 from ordering.order_steps where order_id = $1', [orderId])).length, 8);
    assert.ok((await rows('select 1 from catalog.reservations where order_id = $1', [orderId])).length >= 1);
  });

  test('no card number is stored anywhere in Postgres', async () => {
    const columns = await rows<{ table_schema: string; table_name: string; column_name: string }>(
      "select table_schema, table_name, column_name from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')",
      [],
    );
    assert.ok(columns.length > 30);
    for (const { table_schema, table_name, column_name } of columns) {
      const found = await rows<{ n: string }>(
        `select count(*) as n from "${table_schema}"."${table_name}" where position('4242424242424242' in "${column_name}"::text) > 0 or position(encode('4242424242424242', 'hex') in "${column_name}"::text) > 0`,
        [],
      );
      assert.equal(found[0]?.n, '0', `${table_schema}.${table_name}.${column_name} holds a card number`);
    }
  });

  test('JetStream holds the events, in one trace, with gapless versions', async () => {
    const connection = await connect(natsOptions(store.running().servers.nats));
    try {
      const manager = await jetstreamManager(connection);
      const events: CloudEvent[] = [];
      for (const topic of ['carts', 'orders', 'stock', 'payments']) {
        const stream = await manager.streams.find(topic);
        const { state } = await manager.streams.info(stream);
        const consumer = await jetstream(connection).consumers.get(stream, { filter_subjects: topic });
        const batch = await consumer.fetch({ max_messages: state.messages, expires: 2000 });
        for await (const message of batch) {
          const event = message.json<CloudEvent>();
          if ((event.data.orderId ?? event.data.order?.orderId) === orderId) events.push(event);
          if (message.info.pending === 0) break;
        }
      }
      const types = events.map(({ type }) => type);
      for (const type of ['cart.checked-out', 'order.changed', 'stock.reserved', 'payment.captured'])
        assert.ok(types.includes(type), `no ${type} among ${types.join(', ')}`);
      assert.deepEqual(
        events.filter(({ type }) => type === 'order.changed').map(({ data }) => data.version),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
      assert.equal(new Set(events.map(({ traceparent }) => traceparent.split('-')[1])).size, 1);
      assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
      assert.ok(!JSON.stringify(events).includes('4242424242424242'));
    } finally {
      await connection.close();
    }
  });
});
