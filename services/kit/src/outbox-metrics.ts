import type { Database } from './database.ts';
import type { Metrics } from './metrics.ts';

interface Backlog {
  readonly [column: string]: unknown;
  readonly waiting: number;
  readonly oldest_seconds: number;
  readonly parked: number;
}

const backlogOf = async (database: Database): Promise<Backlog> => {
  const [row] = await database.query<Backlog>(
    `select count(*) filter (where parked_at is null)::int as waiting,
       coalesce(extract(epoch from now() - min(written_at) filter (where parked_at is null)), 0)::float8 as oldest_seconds,
       count(*) filter (where parked_at is not null)::int as parked
     from outbox`,
  );
  return row ?? { waiting: 0, oldest_seconds: 0, parked: 0 };
};

/** Gauges of a schema's outbox: what is not published yet, since when, and what never can be. */
export function measureOutbox(metrics: Metrics, database: Database): void {
  metrics.gauge(
    'store_outbox_waiting',
    'Events in the outbox that are not published yet.',
    async () => (await backlogOf(database)).waiting,
  );
  metrics.gauge(
    'store_outbox_oldest_seconds',
    'Age of the oldest event in the outbox that is not published yet.',
    async () => (await backlogOf(database)).oldest_seconds,
  );
  metrics.gauge(
    'store_outbox_parked',
    'Events in the outbox that can never be published.',
    async () => (await backlogOf(database)).parked,
  );
}
