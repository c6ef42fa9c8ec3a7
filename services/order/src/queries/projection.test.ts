import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@outrigger/sdk/testing';
import { needsPostgres, testDatabase } from '@tidewater/kit/testing.ts';
import type { OrderInput } from '../domain/order.ts';
import { recordOf } from '../commands/order-messages.ts';
import { migrations } from '../schema/migrations.ts';
import { orderProjection } from './projection.ts';
import { sampleRequest } from '../testing.ts';
import { advanceOrder, submitOrder } from '../domain/order-process.ts';

const inputs: readonly OrderInput[] = [
  { kind: 'grace-ended' },
  { kind: 'stock-reserved' },
  { kind: 'payment-captured', amount: sampleRequest.total },
  { kind: 'packing-finished' },
];
const all = { limit: 200 };

/** Five records of one order, a second apart. */
function eventsOf(orderId: string) {
  const at = (n: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, n)).toISOString();
  const order = inputs.reduce(
    (current, input, n) => advanceOrder(current, input, at(n + 1)),
    submitOrder({ ...sampleRequest, orderId }, at(0)),
  );
  return order.changes.map((change) => recordOf(order, change));
}

test('project: records in any order, with repeats, end in the same view', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const projection = orderProjection(database);
  const events = eventsOf('TW-A');
  assert.equal(events.length, 5);
  for (const event of events) await projection.project(event);
  const expected = await projection.order('TW-A', 'ann');
  assert.equal(expected?.status, 'packed');
  assert.equal(expected?.version, 5);
  const random = seededRandom(3);
  for (let round = 0; round < 5; round++) {
    await database.execute('delete from order_events');
    await database.execute('delete from orders');
    const shuffled = [...events, ...events]
      .map((event) => ({ event, rank: random.random() }))
      .toSorted((a, b) => a.rank - b.rank);
    for (const { event } of shuffled) await projection.project(event);
    assert.deepEqual(await projection.order('TW-A', 'ann'), expected);
    assert.equal((await projection.ordersOf('ann', all))[0]?.status, 'packed');
    assert.equal((await projection.ordersOf('ann', all))[0]?.placedAt, '2026-01-01T12:00:00.000Z');
  }
});

test('order: is undefined while a record is missing, so that the actor is read', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const projection = orderProjection(database);
  const [one, two, , four] = eventsOf('TW-A');
  for (const event of [one, two, four]) if (event) await projection.project(event);
  assert.equal(await projection.order('TW-A', 'ann'), undefined);
});

test("ordersOf: a shopper's own orders, newest first", needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const projection = orderProjection(database);
  for (const [n, orderId] of ['TW-A', 'TW-B', 'TW-C'].entries()) {
    const [event] = eventsOf(orderId);
    if (event) await projection.project({ ...event, at: new Date(Date.UTC(2026, 0, n + 1)).toISOString() });
  }
  assert.deepEqual(
    (await projection.ordersOf('ann', all)).map(({ orderId, itemCount, total }) => [orderId, itemCount, total.amount]),
    [
      ['TW-C', 3, 181_750],
      ['TW-B', 3, 181_750],
      ['TW-A', 3, 181_750],
    ],
  );
  assert.deepEqual(await projection.ordersOf('eve', all), []);
  assert.equal(await projection.order('TW-A', 'eve'), undefined);
});

test('ordersOf: pages have no gaps and no repeats, also for orders of the same moment', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const projection = orderProjection(database);
  for (let n = 0; n < 25; n++) {
    const [event] = eventsOf(`TW-${String(n).padStart(2, '0')}`);
    if (event)
      await projection.project({ ...event, at: new Date(Date.UTC(2026, 0, 1 + Math.floor(n / 4))).toISOString() });
  }
  const expected = (await projection.ordersOf('ann', all)).map(({ orderId }) => orderId);
  const seen: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await projection.ordersOf('ann', { limit: 10, before });
    seen.push(...page.map(({ orderId }) => orderId));
    before = page.at(-1)?.orderId;
    if (page.length < 10) break;
  }
  assert.deepEqual(seen, expected);
  assert.equal(seen.length, 25);
  await assert.rejects(projection.ordersOf('eve', { limit: 10, before: 'TW-00' }), { status: 400 });
});

test('rebuild: creates the same rows from the stored records', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const projection = orderProjection(database);
  for (const id of ['TW-A', 'TW-B']) for (const event of eventsOf(id)) await projection.project(event);
  const expected = await projection.ordersOf('ann', all);
  await database.execute("update orders set status = 'nonsense', total_cents = 0, settled = true, event_count = 99");
  assert.equal(await projection.rebuild(), 10);
  assert.deepEqual(await projection.ordersOf('ann', all), expected);
  assert.deepEqual(await database.query('select distinct settled, event_count from orders'), [
    { settled: false, event_count: 5 },
  ]);
});
