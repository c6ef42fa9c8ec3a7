import type { OrderChanged } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import type { Database, Migration, Queries, Row } from '@tidewater/kit/database.ts';
import type { Order, OrderChange } from './order.ts';
import { itemCount, orderView } from './order-event.ts';

/** The table of all orders, shaped for the questions shoppers ask, and kept by the orders' own events. */
export interface ReadModel {
  /** Notes one change. Repeated ones change nothing, and any order of arrival ends in the same rows. */
  apply(event: OrderChanged): Promise<void>;
  /** Newest first. */
  ordersOf(shopperId: string): Promise<readonly OrderSummary[]>;
  /** Undefined when there is none, or it is someone else's. */
  order(orderId: string, shopperId: string): Promise<OrderView | undefined>;
  /** Makes the table anew from the noted changes; resolves to the number of changes. */
  rebuild(): Promise<number>;
}

export const migrations: readonly Migration[] = [
  {
    name: '001 orders',
    sql: `create table orders (
      order_id text primary key,
      shopper_id text not null,
      version int not null,
      status text not null,
      placed_at timestamptz not null,
      changed_at timestamptz not null,
      total_cents int not null,
      item_count int not null
    );
    create index orders_of_shopper on orders (shopper_id, placed_at desc);
    create table order_steps (
      order_id text not null,
      version int not null,
      event jsonb not null,
      primary key (order_id, version)
    );`,
  },
];

interface SummaryRow extends Row {
  readonly order_id: string;
  readonly status: OrderStatus;
  readonly placed_at: Date;
  readonly total_cents: number;
  readonly item_count: number;
}

export function readModel(database: Database): ReadModel {
  return {
    async apply(event) {
      await database.transaction(async (tx) => {
        const isNew = await tx.execute(
          'insert into order_steps (order_id, version, event) values ($1, $2, $3) on conflict do nothing',
          [event.orderId, event.version, JSON.stringify(event)],
        );
        if (isNew > 0) await applyStep(tx, event);
      });
    },
    async ordersOf(shopperId) {
      const rows = await database.query<SummaryRow>(
        `select order_id, status, placed_at, total_cents, item_count from orders
         where shopper_id = $1 order by placed_at desc, order_id limit 200`,
        [shopperId],
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
      const events = withoutGaps(rows.map(({ event }) => event));
      return events.length === 0 ? undefined : orderView(orderOf(events));
    },
    rebuild: () =>
      database.transaction(async (tx) => {
        // Nobody may add a step between reading the steps and committing the table.
        await tx.execute('lock table order_steps in share row exclusive mode');
        await tx.execute('delete from orders');
        const rows = await tx.query<{ event: OrderChanged }>(
          'select event from order_steps order by order_id, version',
        );
        for (const { event } of rows) await applyStep(tx, event);
        return rows.length;
      }),
  };
}

/** The highest version gives the status; the lowest gives when it was placed. */
async function applyStep(queries: Queries, event: OrderChanged): Promise<void> {
  const { orderId, shopperId, version, status, at, total, lines } = event;
  await queries.execute(
    `insert into orders (order_id, shopper_id, version, status, placed_at, changed_at, total_cents, item_count)
     values ($1, $2, $3, $4, $5, $5, $6, $7)
     on conflict (order_id) do update set
       placed_at = least(orders.placed_at, excluded.placed_at),
       version = greatest(orders.version, excluded.version),
       status = case when excluded.version > orders.version then excluded.status else orders.status end,
       changed_at = greatest(orders.changed_at, excluded.changed_at)`,
    [orderId, shopperId, version, status, at, total.amount, itemCount(lines)],
  );
}

/** A story is told up to the first step that has not arrived. */
const withoutGaps = (events: readonly OrderChanged[]): readonly OrderChanged[] =>
  events.filter(({ version }, index) => version === index + 1);

function orderOf(events: readonly OrderChanged[]): Order {
  const [first] = events;
  if (first === undefined) throw new TypeError('an order has at least one change');
  const { orderId, shopperId, lines, contact, address, payment, delivery, total } = first;
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
