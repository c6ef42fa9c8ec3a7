import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StockCommand } from '@tidewater/contracts/events.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { jsonLog } from '@tidewater/kit/log.ts';
import { isPermanent } from '@tidewater/kit/failures.ts';
import { needsPostgres, testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { recordingTransport } from '@outrigger/sdk/testing';
import { migrations } from '../schema/migrations.ts';
import { commandSubscription } from './stock-command-subscription.ts';
import { seedCatalog } from '../schema/seed/seed-catalog.ts';
import { seedCategories } from '../schema/seed/seed-categories.ts';
import { stockInvariants } from '../queries/stock-invariants.ts';
import { handleStockCommand } from '../commands/stock-commands.ts';

const lastOne = 'dabchick-fly-rod';

async function stockFixture() {
  const database = await testDatabase(migrations);
  await database.transaction((tx) => seedCatalog(tx, seedCategories));
  const transport = recordingTransport();
  const outbox = openOutbox(testContext({ transport }), database);
  const lines: string[] = [];
  const log = jsonLog({
    app: 'catalog',
    write: (line) => void lines.push(line),
    now: () => 0,
    traceId: () => undefined,
  });
  const { handlers } = commandSubscription({ database, outbox, log });
  let deliveries = 0;
  return {
    database,
    /** Lines of the log. */
    lines,
    /** Delivers a command as the event `id`, a new one when absent. */
    async send(
      command: StockCommand,
      orderId: string,
      quantities: Record<string, number>,
      id = `event-${deliveries++}`,
    ) {
      const lines = Object.entries(quantities).map(([productId, quantity]) => ({ productId, quantity }));
      const data = command === 'reserve-stock' ? { orderId, lines } : { orderId };
      const envelope = { id, type: command, source: 'order', topic: 'stock-commands', pubsubname: 'pubsub' };
      await handlers[command]?.({ ...envelope, data });
    },
    async stock(productId: string) {
      const [row] = await database.query<{ on_hand: number; reserved: number }>(
        'select on_hand, reserved from stock where product_id = $1',
        [productId],
      );
      return [row?.on_hand, row?.reserved];
    },
    /** The events published since the last call, in order. */
    async published() {
      await outbox.flush();
      return transport.published.splice(0).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
    },
    invariants: () => stockInvariants(database),
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await database.close();
    },
  };
}

const typesOf = (published: readonly { type: string }[]): readonly string[] =>
  published.map(({ type }) => type).toSorted();

test(
  'stock commands: reserve-stock reserves, commit-stock removes it, and stock.changed is published',
  needsPostgres,
  async () => {
    await using room = await stockFixture();
    await room.send('reserve-stock', 'o1', { 'watch-cap': 2 });
    assert.deepEqual(await room.stock('watch-cap'), [41, 2]);
    const published = await room.published();
    assert.deepEqual(typesOf(published), ['stock.changed', 'stock.reserved']);
    assert.deepEqual(published.find(({ type }) => type === 'stock.changed')?.data, {
      productId: 'watch-cap',
      available: 39,
    });
    await room.send('commit-stock', 'o1', { 'watch-cap': 2 });
    assert.deepEqual(await room.stock('watch-cap'), [39, 0]);
    assert.deepEqual(await room.invariants(), { ok: true, problems: [] });
  },
);

test('reserve-stock: an order reserves all of its lines or none', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.send('reserve-stock', 'o1', { 'watch-cap': 1, [lastOne]: 2, unheard: 1 });
  assert.deepEqual(await room.stock('watch-cap'), [41, 0]);
  const [rejection, ...rest] = await room.published();
  assert.deepEqual(rest, []);
  assert.deepEqual(rejection, {
    type: 'stock.rejected',
    data: {
      orderId: 'o1',
      missing: [
        { productId: lastOne, requested: 2, available: 1 },
        { productId: 'unheard', requested: 1, available: 0 },
      ],
    },
  });
});

test('stock commands: an event that is delivered twice acts and publishes once', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.send('reserve-stock', 'o1', { 'watch-cap': 1 }, 'same');
  await room.send('reserve-stock', 'o1', { 'watch-cap': 1 }, 'same');
  assert.deepEqual(await room.stock('watch-cap'), [41, 1]);
  assert.deepEqual(typesOf(await room.published()), ['stock.changed', 'stock.reserved']);
});

test(
  'stock commands: a command repeated as a new event changes nothing and publishes the outcome again',
  needsPostgres,
  async () => {
    await using room = await stockFixture();
    await room.send('reserve-stock', 'o1', { 'watch-cap': 1 });
    await room.send('reserve-stock', 'o2', { [lastOne]: 5 });
    const [, , rejection] = await room.published();
    await room.send('reserve-stock', 'o1', { 'watch-cap': 1 });
    await room.send('reserve-stock', 'o2', { [lastOne]: 5 });
    const repeated = await room.published();
    assert.deepEqual(typesOf(repeated), ['stock.rejected', 'stock.reserved']);
    assert.deepEqual(
      repeated.find(({ type }) => type === 'stock.rejected'),
      rejection,
    );
    assert.deepEqual(await room.stock('watch-cap'), [41, 1]);
  },
);

test('release-stock: released stock is available again, once however often it is released', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.send('reserve-stock', 'o1', { [lastOne]: 1 });
  await room.send('release-stock', 'o1', { [lastOne]: 1 });
  await room.send('release-stock', 'o1', { [lastOne]: 1 });
  assert.deepEqual(await room.stock(lastOne), [1, 0]);
  assert.deepEqual(typesOf(await room.published()), ['stock.changed', 'stock.changed', 'stock.reserved']);
  await room.send('reserve-stock', 'o2', { [lastOne]: 1 });
  assert.deepEqual(await room.stock(lastOne), [1, 1]);
});

test('restock: committed stock is returned once', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.send('reserve-stock', 'o1', { 'watch-cap': 4 });
  await room.send('commit-stock', 'o1', { 'watch-cap': 4 });
  await room.send('restock', 'o1', { 'watch-cap': 4 });
  await room.send('restock', 'o1', { 'watch-cap': 4 });
  assert.deepEqual(await room.stock('watch-cap'), [41, 0]);
  assert.ok((await room.invariants()).ok);
});

for (const command of ['release-stock', 'commit-stock', 'restock'] as const) {
  test(`reserve-stock: an earlier ${command} makes it fail`, needsPostgres, async () => {
    await using room = await stockFixture();
    await room.send(command, 'o1', { 'watch-cap': 1 });
    await room.send('reserve-stock', 'o1', { 'watch-cap': 1 });
    assert.deepEqual(await room.stock('watch-cap'), [41, 0]);
    assert.deepEqual(await room.published(), [{ type: 'stock.rejected', data: { orderId: 'o1', missing: [] } }]);
  });
}

test('reserve-stock: of a hundred orders for the last piece exactly one reserves it', needsPostgres, async () => {
  await using room = await stockFixture();
  // All connections open first: otherwise the first buyer is through before the others have reached the database.
  await Promise.all(Array.from({ length: 16 }, () => room.database.query('select pg_sleep(0.02)')));
  await Promise.all(Array.from({ length: 100 }, (_, i) => room.send('reserve-stock', `buyer-${i}`, { [lastOne]: 1 })));
  const published = await room.published();
  assert.equal(published.filter(({ type }) => type === 'stock.reserved').length, 1);
  assert.equal(published.filter(({ type }) => type === 'stock.rejected').length, 99);
  assert.deepEqual(await room.stock(lastOne), [1, 1]);
  assert.deepEqual(await room.invariants(), { ok: true, problems: [] });
});

test('reserve-stock: orders with the same products in opposite order do not deadlock', needsPostgres, async () => {
  await using room = await stockFixture();
  const things = ['watch-cap', 'pealess-whistle', 'minnow-goggles', 'clearwater-goggles'];
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const lines = Object.fromEntries((i % 2 === 0 ? things : things.toReversed()).map((id) => [id, 1]));
      await room.send('reserve-stock', `o${i}`, lines);
      await room.send(i % 3 === 0 ? 'release-stock' : 'commit-stock', `o${i}`, lines);
    }),
  );
  const sold = 40 - Math.ceil(40 / 3);
  assert.deepEqual(await room.stock('watch-cap'), [41 - sold, 0]);
  assert.deepEqual(await room.invariants(), { ok: true, problems: [] });
});

test('stock commands: concurrent commands of one order move its stock once', needsPostgres, async () => {
  await using room = await stockFixture();
  const orders = Array.from({ length: 20 }, (_, i) => `o${i}`);
  await Promise.all(orders.map((order) => room.send('reserve-stock', order, { 'watch-cap': 1 })));
  const commands = ['commit-stock', 'release-stock', 'restock', 'commit-stock', 'release-stock'] as const;
  await Promise.all(
    orders.flatMap((order) => commands.map((command) => room.send(command, order, { 'watch-cap': 1 }))),
  );
  assert.deepEqual(await room.stock('watch-cap'), [41, 0]);
  assert.deepEqual(await room.invariants(), { ok: true, problems: [] });
});

test('stockInvariants: each violation is reported', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.database.execute(`update stock set reserved = 3 where product_id = 'watch-cap'`);
  const { ok, problems } = await room.invariants();
  assert.equal(ok, false);
  assert.deepEqual(problems, ['watch-cap: 3 reserved, but reservations sum up to 0']);
});

test('stock commands: invalid quantities and ids are permanent errors and change nothing', needsPostgres, async () => {
  await using room = await stockFixture();
  for (const [productId, quantity] of [
    ['watch-cap', -3],
    ['watch-cap', 0],
    ['watch-cap', 1.5],
    ['watch-cap', 2 ** 31],
    ['watch\u0000cap', 1],
    ['../watch-cap', 1],
  ] as const) {
    await assert.rejects(room.send('reserve-stock', 'o1', { [productId]: quantity }), isPermanent);
    await assert.rejects(
      room.database.transaction((tx) =>
        handleStockCommand(tx, 'reserve-stock', { orderId: 'o1', lines: [{ productId, quantity }] }),
      ),
      isPermanent,
    );
  }
  await assert.rejects(room.send('reserve-stock', 'o\u0000', { 'watch-cap': 1 }), isPermanent);
  assert.deepEqual(await room.database.query('select * from order_stock'), []);
  assert.deepEqual(await room.database.query('select * from inbox'), []);
  assert.deepEqual(await room.stock('watch-cap'), [41, 0]);
  assert.deepEqual(await room.published(), []);
});

test('reserve-stock: an order of the largest size with an unknown product is rejected', needsPostgres, async () => {
  await using room = await stockFixture();
  const lines = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`unknown-${i}`, 99]));
  await room.send('reserve-stock', 'o1', lines);
  const [event, ...rest] = await room.published();
  assert.deepEqual(rest, []);
  assert.equal(event?.type, 'stock.rejected');
  assert.ok(isValid(eventSchemas['stock.rejected'], event?.data));
});

test(
  'stock commands: a constraint violation is permanent and rolls back stock, order and inbox',
  needsPostgres,
  async () => {
    await using room = await stockFixture();
    await room.send('reserve-stock', 'o1', { 'watch-cap': 2, 'pealess-whistle': 1 });
    await room.published();
    // More is reserved than the counter shows: releasing two would take it below zero.
    await room.database.execute(`update stock set reserved = 1 where product_id = 'watch-cap'`);
    const read = () =>
      Promise.all([
        room.database.query('select * from stock order by product_id'),
        room.database.query('select * from order_stock'),
        room.database.query('select * from reservations order by product_id'),
        room.database.query('select event_id from inbox'),
      ]);
    const before = await read();
    await assert.rejects(room.send('release-stock', 'o1', {}, 'poison'), isPermanent);
    assert.deepEqual(await read(), before);
    assert.deepEqual(await room.published(), []);
  },
);

test(
  'stock.rejected: a missing product that an older version wrote under an invalid id is left out',
  needsPostgres,
  async () => {
    await using room = await stockFixture();
    await room.database.execute(`insert into order_stock (order_id, state, missing) values ('o1', 'rejected', $1)`, [
      JSON.stringify([{ productId: '../x', wanted: 1, available: 0 }]),
    ]);
    await room.send('reserve-stock', 'o1', { 'watch-cap': 1 });
    assert.deepEqual(await room.published(), [{ type: 'stock.rejected', data: { orderId: 'o1', missing: [] } }]);
  },
);

test('stock commands: an outcome that an earlier version stored is read', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.database.execute(`insert into order_stock (order_id, state, missing) values ('o1', 'rejected', $1)`, [
    JSON.stringify([{ productId: 'rope', wanted: 2, available: 0 }]),
  ]);
  await room.send('reserve-stock', 'o1', { rope: 2 });
  const missing = [{ productId: 'rope', requested: 2, available: 0 }];
  assert.deepEqual(await room.published(), [{ type: 'stock.rejected', data: { orderId: 'o1', missing } }]);
});

test('log: a stock command is one line with order id and event id, and its outcome', needsPostgres, async () => {
  await using room = await stockFixture();
  await room.send('reserve-stock', 'o1', { 'watch-cap': 1 }, 'e1');
  await room.send('reserve-stock', 'o1', { 'watch-cap': 1 }, 'e1');
  const [line, ...rest] = room.lines;
  assert.deepEqual(rest, []);
  const { event, orderId, eventId, command, published } = JSON.parse(line ?? '{}') as Record<string, unknown>;
  assert.deepEqual(
    { event, orderId, eventId, command, published },
    {
      event: 'stock-command',
      orderId: 'o1',
      eventId: 'e1',
      command: 'reserve-stock',
      published: ['stock.reserved', 'stock.changed'],
    },
  );
});
