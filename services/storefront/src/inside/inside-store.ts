import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import type { Queries } from '@tidewater/kit/database.ts';

/** What was recorded of an order, so that it outlives the sidecars' own short record. */
export interface StoredView {
  readonly traceId: string;
  readonly activities: readonly InsideActivity[];
}

export interface InsideStore {
  read(orderId: string): Promise<StoredView | undefined>;
  save(orderId: string, view: StoredView): Promise<void>;
  /** Removes what is older than 30 days, and the oldest of more than 20,000 orders. */
  prune(): Promise<void>;
  /** Rejects while the database does not respond. */
  ready(): Promise<void>;
}

const maxAgeMs = 30 * 24 * 3_600_000;

export interface InsideStoreOptions {
  readonly queries: () => Queries;
  readonly now: () => number;
  readonly maxOrders?: number;
}

interface ViewRow extends Record<string, unknown> {
  readonly trace_id: string;
  readonly activities: readonly InsideActivity[];
}

export function insideStore({ queries, now, maxOrders = 20_000 }: InsideStoreOptions): InsideStore {
  return {
    async read(orderId) {
      const sql = 'select trace_id, activities from inside_views where order_id = $1';
      const [row] = await queries().query<ViewRow>(sql, [orderId]);
      return row && { traceId: row.trace_id, activities: row.activities };
    },
    async save(orderId, { traceId, activities }) {
      await queries().execute(
        `insert into inside_views (order_id, trace_id, activities, updated_at) values ($1, $2, $3::jsonb, $4)
         on conflict (order_id) do update set activities = excluded.activities, updated_at = excluded.updated_at`,
        [orderId, traceId, asJsonb(activities), new Date(now())],
      );
    },
    async prune() {
      await queries().execute('delete from inside_views where updated_at < $1', [new Date(now() - maxAgeMs)]);
      await queries().execute(
        `delete from inside_views where order_id in
           (select order_id from inside_views order by updated_at desc, order_id offset $1)`,
        [maxOrders],
      );
    },
    async ready() {
      await queries().query('select 1');
    },
  };
}

/** jsonb takes neither NUL nor half of a surrogate pair. */
const asJsonb = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.replaceAll('\0', '').toWellFormed() : member,
  );

const maxActivities = 400;
const maxBytes = 400_000;

/** At most 400 activities, of the beginning and the end, in 400 kB; the largest payloads are left out first. */
export function bounded(activities: readonly InsideActivity[]): readonly InsideActivity[] {
  const byTime = activities.toSorted((a, b) => a.startedAt - b.startedAt);
  const some =
    byTime.length <= maxActivities
      ? byTime
      : [...byTime.slice(0, maxActivities / 2), ...byTime.slice(-maxActivities / 2)];
  const sizes = new Map(some.map((activity) => [activity, sizeOf(activity)]));
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const shortened = new Map<InsideActivity, InsideActivity>();
  for (const [activity, size] of [...sizes].toSorted(([, a], [, b]) => b - a)) {
    if (total <= maxBytes) break;
    const { input: _input, output: _output, ...rest } = activity;
    shortened.set(activity, rest);
    total -= size - sizeOf(rest);
  }
  return some.map((activity) => shortened.get(activity) ?? activity);
}

const sizeOf = (activity: InsideActivity): number => Buffer.byteLength(JSON.stringify(activity));
