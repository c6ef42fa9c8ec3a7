import { isDeepStrictEqual } from 'node:util';
import type { OrderChanged } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import type { Database, Queries, Row } from '@tidewater/kit/database.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import { settles } from './order.ts';
import type { Order, OrderChange } from './order.ts';
import { itemCount, orderView } from './order-event.ts';

export interface OrderPage {
  /** At most so many. */
  readonly limit: number;
  /** Only orders that come after this one: the last order of the page before. */
  readonly before?: string;
}

/** The table of all orders, shaped for the queries of shoppers: a projection of the orders' events. */
export interface OrderProjection {
  /**
   * Stores one change. Repeated ones change nothing, and any order of arrival ends in the same rows. False when another
   * event of that version is stored: then only the order itself knows which of them is right.
   */
  apply(event: OrderChanged): Promise<boolean>;
  /** The stored changes of one order, by version. */
  eventsOf(orderId: string): Promise<readonly OrderChanged[]>;
  /** Removes these versions of an order, stores the events that are missing then, and creates its row again. */
  replace(orderId: string, versions: readonly number[], events: readonly OrderChanged[]): Promise<void>;
  /** Newest first; throws 400 when `before` is none of the shopper's orders. */
  ordersOf(shopperId: string, page: OrderPage): Promise<readonly OrderSummary[]>;
  /** Undefined when there is none, a step of it has not arrived, or it is someone else's. */
  order(orderId: string, shopperId: string): Promise<OrderView | undefined>;
  has(orderId: string): Promise<boolean>;
  /** Creates the table again from the stored changes; resolves to the number of changes. */
  rebuild(): Promise<number>;
}

interface SummaryRow extends Row {
  readonly order_id: string;
  readonly status: OrderStatus;
  readonly placed_at: Date;
  readonly total_cents: number;
  readonly item_count: number;
}

export function orderProjection(database: Database): OrderProjection {
  return {
    async apply(event) {
      // One statement, and so one transaction, for the step and its effect.
      const applied = await database.execute(
        `with added as (${insertStep} returning 1)
         insert into orders ${orderColumns} select ${orderValues(3)} from added ${mergeOrder}`,
        [...stepValues(event), ...valuesOf(event)],
      );
      if (applied > 0) return true;
      const [stored] = await database.query<EventRow>(
        'select event from order_steps where order_id = $1 and version = $2',
        [event.orderId, event.version],
      );
      return stored !== undefined && isSameChange(stored.event, event);
    },
    eventsOf: (orderId) => stepsOf(database, orderId),
    replace: (orderId, versions, events) =>
      database.transaction(async (tx) => {
        await tx.execute('delete from order_steps where order_id = $1 and version = any($2)', [orderId, versions]);
        for (const event of events) await tx.execute(insertStep, stepValues(event));
        // An event that is applied now waits for this row, or is among the steps already.
        await tx.execute('delete from orders where order_id = $1', [orderId]);
        for (const event of await stepsOf(tx, orderId)) await projectEvent(tx, event);
      }),
    async ordersOf(shopperId, { limit, before }) {
      if (before !== undefined) await expectOrderOf(database, before, shopperId);
      const rows = await database.query<SummaryRow>(
        `select o.order_id, o.status, o.placed_at, o.total_cents, o.item_count from orders o
         left join orders b on b.order_id = $3
         where o.shopper_id = $1
           and ($3::text is null or o.placed_at < b.placed_at or (o.placed_at = b.placed_at and o.order_id > b.order_id))
         order by o.placed_at desc, o.order_id limit $2`,
        [shopperId, limit, before ?? null],
      );
      return rows.map((row) => ({
        orderId: row.order_id,
        status: row.status,
        placedAt: row.placed_at.toISOString(),
        total: eur(row.total_cents),
        itemCount: row.item_count,
      }));
    },
    async order(orderId, shopperId) {
      const rows = await database.query<{ event: OrderChanged }>(
        `select event from order_steps where order_id = $1
         and exists (select from orders where order_id = $1 and shopper_id = $2) order by version`,
        [orderId, shopperId],
      );
      const events = rows.map(({ event }) => event);
      const isComplete = events.every(({ version }, index) => version === index + 1);
      return events.length > 0 && isComplete ? orderView(orderOf(events)) : undefined;
    },
    async has(orderId) {
      const rows = await database.query('select from orders where order_id = $1', [orderId]);
      return rows.length > 0;
    },
    rebuild: () =>
      database.transaction(async (tx) => {
        // Nobody may add a step between reading the steps and committing the table.
        await tx.execute('lock table order_steps in share row exclusive mode');
        await tx.execute('delete from orders');
        const rows = await tx.query<{ event: OrderChanged }>(
          'select event from order_steps order by order_id, version',
        );
        for (const { event } of rows) await projectEvent(tx, event);
        return rows.length;
      }),
  };
}

interface EventRow extends Row {
  readonly event: OrderChanged;
}

const insertStep = 'insert into order_steps (order_id, version, event) values ($1, $2, $3) on conflict do nothing';

const stepValues = (event: OrderChanged): readonly unknown[] => [event.orderId, event.version, JSON.stringify(event)];

async function stepsOf(queries: Queries, orderId: string): Promise<readonly OrderChanged[]> {
  const sql = 'select event from order_steps where order_id = $1 order by version';
  return (await queries.query<EventRow>(sql, [orderId])).map(({ event }) => event);
}

/** Whether two events tell the same change. The card is known only later, and then told with each change. */
export function isSameChange(one: OrderChanged, other: OrderChanged): boolean {
  const { payment: _one, ...first } = one;
  const { payment: _other, ...second } = other;
  return isDeepStrictEqual(first, second);
}

async function expectOrderOf(queries: Queries, orderId: string, shopperId: string): Promise<void> {
  const rows = await queries.query('select from orders where order_id = $1 and shopper_id = $2', [orderId, shopperId]);
  if (rows.length === 0) throw badRequest('before must be the number of an order on the page before.');
}

const orderColumns =
  '(order_id, shopper_id, version, status, placed_at, changed_at, total_cents, item_count, settled, steps)';

/** The values of `valuesOf` as the statement's parameters, after `offset` others. */
function orderValues(offset: number): string {
  const [orderId, shopperId, version, status, at, total, count, isSettled] = Array.from(
    { length: 8 },
    (_, index) => `$${offset + index + 1}`,
  );
  return [orderId, shopperId, version, status, at, at, total, count, isSettled, 1].join(', ');
}

const valuesOf = (event: OrderChanged): readonly unknown[] => {
  const { orderId, shopperId, version, status, at, total, lines } = event;
  return [orderId, shopperId, version, status, at, total.amount, itemCount(lines), settles(event)];
};

/** The highest version gives the status; the lowest gives when it was placed. Runs once for each step. */
const mergeOrder = `on conflict (order_id) do update set
  placed_at = least(orders.placed_at, excluded.placed_at),
  version = greatest(orders.version, excluded.version),
  status = case when excluded.version > orders.version then excluded.status else orders.status end,
  settled = case when excluded.version > orders.version then excluded.settled else orders.settled end,
  steps = orders.steps + 1,
  changed_at = greatest(orders.changed_at, excluded.changed_at)`;

async function projectEvent(queries: Queries, event: OrderChanged): Promise<void> {
  await queries.execute(`insert into orders ${orderColumns} values (${orderValues(0)}) ${mergeOrder}`, valuesOf(event));
}

function orderOf(events: readonly OrderChanged[]): Order {
  // The last one knows the card.
  const last = events.at(-1);
  if (last === undefined) throw new TypeError('an order has at least one change');
  const { orderId, shopperId, lines, contact, address, payment, delivery, total } = last;
  const changes = events.map(({ version, status, at, story, by, asks }): OrderChange => ({
    version,
    status,
    at,
    story,
    by,
    asks,
  }));
  return { orderId, shopperId, lines, contact, address, payment, delivery, total, changes };
}
