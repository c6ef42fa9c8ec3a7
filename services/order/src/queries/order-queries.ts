import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { Queries, Row } from '@tidewater/kit/database.ts';
import { timeouts } from '../domain/order.ts';
import { plannedRestMs } from '../domain/watchdog.ts';
import type { OrderTimes } from '../domain/watchdog.ts';

/** One order of the projection, as background checks need it. */
export interface OrderRow {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly isSettled: boolean;
  readonly total: number;
}

export interface PageQuery {
  /** Orders after this one, by order number; all when empty. */
  readonly after: string;
  readonly limit: number;
}

/** Queries of operators and background checks. Times are milliseconds since the epoch. */
export interface OrderQueries {
  /** Not settled, or with events missing, and unchanged since `before`. */
  unfinished(query: PageQuery & { readonly before: number }): Promise<readonly OrderRow[]>;
  /** Changed at or after `from` and before `to`. */
  changedBetween(query: PageQuery & { readonly from: number; readonly to: number }): Promise<readonly OrderRow[]>;
  byIds(orderIds: readonly string[], query: { readonly to: number }): Promise<readonly OrderRow[]>;
  /** Not settled, and unchanged for longer than their own timing and five minutes; the oldest first. */
  withoutProgress(now: number): Promise<{ readonly count: number; readonly oldest: readonly string[] }>;
}

interface SelectedRow extends Row {
  readonly order_id: string;
  readonly status: OrderStatus;
  readonly settled: boolean;
  readonly total_cents: number;
}

const progressMs = 5 * 60_000;
const maxListed = 10;

export function orderQueries(database: Queries, times: OrderTimes): OrderQueries {
  const select = async (condition: string, values: readonly unknown[]): Promise<readonly OrderRow[]> => {
    const rows = await database.query<SelectedRow>(
      `select order_id, status, settled, total_cents from orders where ${condition}`,
      values,
    );
    return rows.map((row) => ({
      orderId: row.order_id,
      status: row.status,
      isSettled: row.settled,
      total: row.total_cents,
    }));
  };
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    unfinished: ({ after, limit, before }) =>
      select(
        '(not settled or event_count < version) and order_id > $1 and changed_at < $2 order by order_id limit $3',
        [after, at(before), limit],
      ),
    changedBetween: ({ after, limit, from, to }) =>
      select('order_id > $1 and changed_at >= $2 and changed_at < $3 order by order_id limit $4', [
        after,
        at(from),
        at(to),
        limit,
      ]),
    byIds: (orderIds, { to }) => select('order_id = any($1) and changed_at < $2', [orderIds, at(to)]),
    async withoutProgress(now) {
      const statuses = Object.keys(timeouts) as OrderStatus[];
      const limitOf = (restMs: number): string => at(now - progressMs - restMs);
      const rows = await database.query<{ order_id: string; count: number }>(
        `select order_id, (count(*) over ())::int as count from orders
         left join unnest($1::text[], $2::timestamptz[]) as planned(status, limit_at) using (status)
         where not settled and changed_at < coalesce(limit_at, $3::timestamptz)
         order by changed_at limit $4`,
        [statuses, statuses.map((status) => limitOf(plannedRestMs(status, times))), limitOf(0), maxListed],
      );
      return { count: rows[0]?.count ?? 0, oldest: rows.map((row) => row.order_id) };
    },
  };
}
