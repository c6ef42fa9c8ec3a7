import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudEvent } from '@outrigger/sdk';
import { movableClock } from '@outrigger/sdk/testing';
import type { OrderRecord } from '@tidewater/contracts/events.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { needsPostgres, testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import { runEvery } from '../background/run-every.ts';
import { deadLetterRepository } from '../dead-letters/repository.ts';
import { migrations } from '../schema/migrations.ts';
import { earlierOrder, earlierToPayment, sampleRequest, sampleTimes } from '../testing.ts';
import type { EarlierRow } from '../testing.ts';
import { operationsRoutes } from './operations.ts';
import type { OrderInput } from '../domain/order.ts';
import { recordOf } from '../commands/order-messages.ts';
import { orderQueries } from '../queries/order-queries.ts';
import { projectionRepair } from '../queries/projection-repair.ts';
import { orderProjection } from '../queries/projection.ts';
import type { Orders } from '../commands/order-actor.ts';
import { orderSubscriptions } from '../consumers/event-subscriptions.ts';
import { advanceOrder, submitOrder } from '../domain/order-process.ts';

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

function eventsOf(orderId: string, inputs: readonly OrderInput[]) {
  const at = new Date(start).toISOString();
  const order = inputs.reduce(
    (current, input) => advanceOrder(current, input, at),
    submitOrder({ ...sampleRequest, orderId }, at),
  );
  return order.changes.map((change) => recordOf(order, change));
}

const toPayment: readonly OrderInput[] = [{ kind: 'grace-ended' }, { kind: 'stock-reserved' }];
const cancelled: OrderInput = { kind: 'cancel' };

test(
  'GET /operations: open dead letters, orders without progress and violations, also as gauges',
  needsPostgres,
  async () => {
    await using database = await testDatabase(migrations);
    const clock = movableClock(start);
    const env = environment({ STAFF_TOKEN: 'staff' });
    const context = testContext({ clock, env });
    const projection = orderProjection(database);
    const deadLetters = deadLetterRepository(database);
    for (const [id, inputs] of [
      ['submitted', []],
      ['awaiting', toPayment],
      ['unwinding', [...toPayment, cancelled]],
      ['voided', [...toPayment, cancelled, { kind: 'payment-voided' }]],
      ['rejected', [{ kind: 'grace-ended' }, { kind: 'stock-rejected', missing: [] }]],
    ] as const satisfies readonly (readonly [string, readonly OrderInput[]])[])
      for (const event of eventsOf(id, inputs)) await projection.project(event);
    const deadLetter = { app: 'cart', topic: 't', eventId: 'e', eventType: 'x', reason: 'r', event: '{}' };
    await deadLetters.add(deadLetter, new Date(start));
    const audit = { run: async () => {}, report: () => ({ ok: false, problems: ['order x'] }) };
    const queries = orderQueries(database, sampleTimes);
    const app = serviceApp(context, { routes: operationsRoutes({ context, queries, deadLetters, audit }) });
    const headers = { 'x-staff-token': 'staff' };
    const read = async () => (await app.inject({ url: '/operations', headers })).json<Record<string, unknown>>();

    clock.moveTo(start + 5 * minute - 1);
    assert.deepEqual(await read(), {
      deadLetters: { open: 1 },
      ordersWithoutProgress: { count: 0, oldest: [] },
      invariants: { ok: false, problems: ['order x'] },
    });
    clock.moveTo(start + 5 * minute + 1_000);
    const stuck = (await read())['ordersWithoutProgress'] as { count: number; oldest: string[] };
    assert.deepEqual([stuck.count, stuck.oldest.toSorted()], [2, ['awaiting', 'unwinding']]);
    // The grace period of an order is its own timing.
    clock.moveTo(start + 5 * minute + 11_000);
    assert.equal(((await read())['ordersWithoutProgress'] as { count: number }).count, 3);

    assert.equal((await app.inject('/operations')).statusCode, 401);
    assert.equal((await app.inject('/invariants')).statusCode, 401);
    assert.deepEqual((await app.inject({ url: '/invariants', headers })).json(), audit.report());
    const metrics = (await app.inject({ url: '/metrics', headers })).body;
    for (const line of ['dead_letters_open', 'orders_without_progress', 'invariant_violations'])
      assert.match(metrics, new RegExp(`store_${line}\\{app="test"\\} [13]`));
  },
);

test('projection repair: events that the broker lost are read from the order', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const clock = movableClock(start + 10 * minute);
  const context = testContext({ clock });
  const projection = orderProjection(database);
  const stored = {
    gap: eventsOf('gap', [...toPayment, cancelled, { kind: 'payment-voided' }]),
    tail: eventsOf('tail', [...toPayment, cancelled, { kind: 'payment-voided' }]),
    lost: eventsOf('lost', toPayment),
  };
  const reads: string[] = [];
  const orders = {
    get: (id: keyof typeof stored) => ({
      async events() {
        reads.push(id);
        return stored[id];
      },
    }),
  } as unknown as Orders;
  for (const event of stored.gap.filter(({ version }) => version !== 3)) await projection.project(event);
  for (const event of stored.tail.slice(0, 3)) await projection.project(event);
  const queries = orderQueries(database, sampleTimes);
  const repair = projectionRepair({ context, queries, orders, projection, restMs: minute });
  await repair.run();
  assert.deepEqual(reads.toSorted(), ['gap', 'tail']);
  for (const id of ['gap', 'tail']) assert.equal((await projection.order(id, 'ann'))?.version, 5);
  await repair.include('lost');
  await repair.include('lost');
  assert.equal((await projection.order('lost', 'ann'))?.version, 3);
  await repair.run();
  assert.deepEqual(reads.slice(2), ['lost', 'lost'], 'what is complete and settled is not read again');
});

test('projection repair: a change that the order does not have is replaced by its own', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const context = testContext({ clock: movableClock(start + 10 * minute) });
  const projection = orderProjection(database);
  const ownEvents = eventsOf('forged', toPayment);
  const [first, second] = ownEvents;
  assert.ok(first && second);
  let currentEvents = ownEvents.slice(0, 1);
  const orders = { get: () => ({ events: async () => currentEvents }) } as unknown as Orders;
  const queries = orderQueries(database, sampleTimes);
  const repair = projectionRepair({ context, queries, orders, projection, restMs: minute });
  const [, , , changed] = orderSubscriptions(orders, projection, repair);
  const envelope = { id: '1', type: 'order.recorded', source: 'test', topic: 'order-records', pubsubname: 'pubsub' };
  const receive = (data: OrderRecord): unknown =>
    changed?.handlers['order.recorded']?.({ ...envelope, data } satisfies CloudEvent);

  await receive(first);
  await receive({ ...second, status: 'delivered', input: 'forged' });
  await receive({ ...second, version: 9, shopperId: 'eve', status: 'refunded' });
  currentEvents = ownEvents;
  for (const event of ownEvents.slice(1)) await receive(event);
  const view = await projection.order('forged', 'ann');
  assert.deepEqual(
    view?.steps.map(({ version, status, input }) => [version, status, input]),
    ownEvents.map(({ version, status, input }) => [version, status, input]),
  );
  assert.deepEqual(
    (await projection.ordersOf('ann', { limit: 5 })).map(({ status }) => status),
    ['awaiting-payment'],
  );
  assert.deepEqual(await projection.ordersOf('eve', { limit: 5 }), []);
  assert.deepEqual(await database.query('select event_count, version from orders'), [{ event_count: 3, version: 3 }]);
});

test('projection repair: changes of an order that does not exist are removed', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const context = testContext({ clock: movableClock(start + 10 * minute) });
  const projection = orderProjection(database);
  const orders = { get: () => ({ events: async () => [] }) } as unknown as Orders;
  for (const event of eventsOf('phantom', toPayment)) await projection.project(event);
  const queries = orderQueries(database, sampleTimes);
  await projectionRepair({ context, queries, orders, projection, restMs: minute }).run();
  assert.deepEqual([await projection.eventsOf('phantom'), await projection.has('phantom')], [[], false]);
});

test(
  'projection repair: an order that cannot be read does not prevent the repair of others',
  needsPostgres,
  async () => {
    await using database = await testDatabase(migrations);
    const context = testContext({ clock: movableClock(start + 10 * minute) });
    const projection = orderProjection(database);
    const orders = {
      get: (id: string) => ({
        events: () => (id === 'a' ? Promise.reject(new Error('unreadable')) : Promise.resolve(eventsOf(id, toPayment))),
      }),
    } as unknown as Orders;
    for (const id of ['a', 'b']) await projection.project(eventsOf(id, toPayment)[1] ?? assert.fail());
    const queries = orderQueries(database, sampleTimes);
    const repair = projectionRepair({ context, queries, orders, projection, restMs: minute });
    await assert.rejects(repair.run(), /1 of 2 orders/);
    assert.equal((await projection.order('b', 'ann'))?.version, 3);
  },
);

test('migrations: orders of the first version are converted, and their records are read', needsPostgres, async () => {
  await using database = await testDatabase(migrations.slice(0, 1));
  for (const [orderId, ...rows] of [
    ['awaiting', ...earlierToPayment],
    ['unwinding', ...earlierToPayment, ['cancelled', 'shopper', ['unwind-payment', 'release-stock']]],
    ['failed', ...earlierToPayment, ['payment failed', 'payment', ['release-stock']]],
  ] as const satisfies readonly (readonly [string, ...EarlierRow[]])[]) {
    const { changes, ...content } = earlierOrder(...rows);
    for (const change of changes) {
      const event = JSON.stringify({ ...content, orderId, ...change });
      await database.execute('insert into order_steps values ($1, $2, $3)', [orderId, change.version, event]);
    }
    const last = changes.at(-1);
    await database.execute(`insert into orders values ($1, 'ann', $2, $3, now(), now(), 1, 1)`, [
      orderId,
      last?.version,
      last?.status,
    ]);
  }
  for (const { sql } of migrations.slice(1)) await database.execute(sql);
  assert.deepEqual(
    await database.query('select order_id, status, event_count, settled from orders order by order_id'),
    [
      { order_id: 'awaiting', status: 'awaiting-payment', event_count: 4, settled: false },
      { order_id: 'failed', status: 'payment-failed', event_count: 5, settled: true },
      { order_id: 'unwinding', status: 'cancelled', event_count: 5, settled: false },
    ],
  );
  const projection = orderProjection(database);
  const order = await projection.order('unwinding', 'ann');
  assert.deepEqual(
    order?.steps.map(({ status, input }) => `${status} ${input}`),
    [
      'submitted submit',
      'awaiting-stock grace-ended',
      'awaiting-payment stock-reserved',
      'awaiting-payment stock-reserved',
      'cancelled cancel',
    ],
  );
  assert.equal(await projection.rebuild(), 14);
});

test('runEvery: runs never overlap, continue after a failure, and close waits for the last one', async () => {
  const clock = movableClock(start);
  let runs = 0;
  let release = (): void => {};
  const task = runEvery(testContext({ clock }), { name: 'x', everyMs: minute }, async () => {
    runs++;
    await new Promise<void>((resolve) => (release = resolve));
    throw new Error('this run failed');
  });
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  clock.moveTo(start + 5 * minute);
  assert.equal(runs, 1);
  release();
  await settle();
  clock.moveTo(start + 6 * minute);
  assert.equal(runs, 2);
  const closed = task.close();
  release();
  await closed;
  clock.moveTo(start + 60 * minute);
  assert.equal(runs, 2);
});
