import { isDeepStrictEqual } from 'node:util';
import type { OrderRecord } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import type { OrderSummary } from '@tidewater/contracts/storefront.ts';
import type { Database, Queries, Row } from '@tidewater/kit/database.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import { upcastRecord } from '../domain/earlier-orders.ts';
import { isSettledBy } from '../domain/order.ts';
import { itemCount, orderDetails } from '../domain/order-details.ts';
import type { Order } from '../domain/order-state.ts';

export interface OrderPage {
  /** At most so many. */
  readonly limit: number;
  /** Only orders that come after this one: the last order of the page before. */
  readonly before?: string;
}

/**
 * Pattern: CQRS, query side: a projection of all orders, shaped for queries. It stores the records of the orders (table
 * `order_events`) and one row for each order (table `orders`), which can be rebuilt from them.
 */
export interface OrderProjection {
  /**
   * Projects one record. Repeated ones change nothing, and any order of arrival ends in the same rows. False when another
   * record of that version is stored: then only the order itself knows which of them is right.
   */
  project(event: OrderRecord): Promise<boolean>;
  /** The stored records of one order, by version. */
  eventsOf(orderId: string): Promise<readonly OrderRecord[]>;
  /** Removes these versions of an order, stores the missing records, and creates its row again. */
  replace(orderId: string, versions: readonly number[], events: readonly OrderRecord[]): Promise<void>;
  /** Newest first; throws 400 when `before` is none of the shopper's orders. */
  ordersOf(shopperId: string, page: OrderPage): Promise<readonly OrderSummary[]>;
  /** Undefined when there is none, a record of it has not arrived, or it is someone else's. */
  order(orderId: string, shopperId: string): Promise<OrderDetails | undefined>;
  has(orderId: string): Promise<boolean>;
  /** Creates table `orders` again from the stored records; resolves to their number. */
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
    async project(event) {
      // One statement, and so one transaction, for the record and its effect.
      const added = await database.execute(
        `with added as (${insertEvent} returning 1)
         insert into orders ${orderColumns} select ${orderValues(3)} from added ${mergeOrder}`,
        [...eventValues(event), ...valuesOf(event)],
      );
      if (added > 0) return true;
      const [stored] = await database.query<EventRow>(
        'select event from order_events where order_id = $1 and version = $2',
        [event.orderId, event.version],
      );
      return stored !== undefined && isSameChange(upcastRecord(stored.event), event);
    },
    eventsOf: (orderId) => storedEvents(database, orderId),
    replace: (orderId, versions, events) =>
      database.transaction(async (tx) => {
        await tx.execute('delete from order_events where order_id = $1 and version = any($2)', [orderId, versions]);
        for (const event of events) await tx.execute(insertEvent, eventValues(event));
        // A record that is projected concurrently waits for this row, or is stored already.
        await tx.execute('delete from orders where order_id = $1', [orderId]);
        for (const event of await storedEvents(tx, orderId)) await projectEvent(tx, event);
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
      const rows = await database.query<EventRow>(
        `select event from order_events where order_id = $1
         and exists (select from orders where order_id = $1 and shopper_id = $2) order by version`,
        [orderId, shopperId],
      );
      const events = rows.map(({ event }) => upcastRecord(event));
      const isComplete = events.every(({ version }, index) => version === index + 1);
      return events.length > 0 && isComplete ? orderDetails(orderOf(events)) : undefined;
    },
    async has(orderId) {
      const rows = await database.query('select from orders where order_id = $1', [orderId]);
      return rows.length > 0;
    },
    rebuild: () =>
      database.transaction(async (tx) => {
        // No record may be added between reading them and committing the table.
        await tx.execute('lock table order_events in share row exclusive mode');
        await tx.execute('delete from orders');
        const rows = await tx.query<EventRow>('select event from order_events order by order_id, version');
        for (const { event } of rows) await projectEvent(tx, upcastRecord(event));
        return rows.length;
      }),
  };
}

interface EventRow extends Row {
  readonly event: OrderRecord;
}

const insertEvent = 'insert into order_events (order_id, version, event) values ($1, $2, $3) on conflict do nothing';

const eventValues = (event: OrderRecord): readonly unknown[] => [event.orderId, event.version, JSON.stringify(event)];

async function storedEvents(queries: Queries, orderId: string): Promise<readonly OrderRecord[]> {
  const sql = 'select event from order_events where order_id = $1 order by version';
  return (await queries.query<EventRow>(sql, [orderId])).map(({ event }) => upcastRecord(event));
}

/** Whether two records are of the same change. The card is known only later, and then part of each record. */
export function isSameChange(one: OrderRecord, other: OrderRecord): boolean {
  const { payment: _one, ...first } = one;
  const { payment: _other, ...second } = other;
  return isDeepStrictEqual(first, second);
}

async function expectOrderOf(queries: Queries, orderId: string, shopperId: string): Promise<void> {
  const rows = await queries.query('select from orders where order_id = $1 and shopper_id = $2', [orderId, shopperId]);
  if (rows.length === 0) throw badRequest('before must be the number of an order on the page before.');
}

const orderColumns =
  '(order_id, shopper_id, version, status, placed_at, changed_at, total_cents, item_count, settled, event_count)';

/** The values of `valuesOf` as the statement's parameters, after `offset` others. */
function orderValues(offset: number): string {
  const [orderId, shopperId, version, status, at, total, count, isSettled] = Array.from(
    { length: 8 },
    (_, index) => `$${offset + index + 1}`,
  );
  return [orderId, shopperId, version, status, at, at, total, count, isSettled, 1].join(', ');
}

const valuesOf = (event: OrderRecord): readonly unknown[] => {
  const { orderId, shopperId, version, status, at, total, lines } = event;
  return [orderId, shopperId, version, status, at, total.amount, itemCount(lines), isSettledBy(event)];
};

/** The highest version gives the status; the lowest gives when it was placed. Runs once for each record. */
const mergeOrder = `on conflict (order_id) do update set
  placed_at = least(orders.placed_at, excluded.placed_at),
  version = greatest(orders.version, excluded.version),
  status = case when excluded.version > orders.version then excluded.status else orders.status end,
  settled = case when excluded.version > orders.version then excluded.settled else orders.settled end,
  event_count = orders.event_count + 1,
  changed_at = greatest(orders.changed_at, excluded.changed_at)`;

async function projectEvent(queries: Queries, event: OrderRecord): Promise<void> {
  await queries.execute(`insert into orders ${orderColumns} values (${orderValues(0)}) ${mergeOrder}`, valuesOf(event));
}

function orderOf(records: readonly OrderRecord[]): Order {
  // The last one knows the card.
  const last = records.at(-1);
  if (last === undefined) throw new TypeError('an order has at least one record');
  const { orderId, shopperId, lines, contact, address, payment, delivery, total } = last;
  const changes = records.map(({ version, status, at, triggeredBy, input, commands, reason, missing }) => ({
    version,
    status,
    at,
    triggeredBy,
    input,
    commands,
    ...(reason !== undefined && { reason }),
    ...(missing !== undefined && { missing }),
  }));
  return { orderId, shopperId, lines, contact, address, payment, delivery, total, changes };
}
