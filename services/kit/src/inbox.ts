import type { Database, Migration, Queries, Transaction } from './database.ts';

export const inboxMigration: Migration = {
  name: '000 inbox',
  sql: `create table inbox (
    event_id text primary key,
    handled_at timestamptz not null default now()
  );
  create index inbox_age on inbox (handled_at);`,
};

/**
 * Pattern: inbox (idempotent consumer). Handles an event once: its id is stored in the same transaction as its effects.
 * Resolves to false when it was handled before; `work` did not run then.
 */
export function handleIdempotently(
  database: Database,
  eventId: string,
  work: (tx: Transaction) => Promise<void>,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    // A second delivery of the same event waits here until the first has committed or rolled back.
    if (!(await recordHandled(tx, eventId))) return false;
    await work(tx);
    return true;
  });
}

/** Stores that an event was handled, for effects that are idempotent by themselves. False when it was handled before. */
export async function recordHandled(queries: Queries, eventId: string): Promise<boolean> {
  return (await queries.execute('insert into inbox (event_id) values ($1) on conflict do nothing', [eventId])) === 1;
}

/** Deletes ids of events older than any redelivery. */
export function pruneInbox(database: Pick<Database, 'execute'>, olderThanDays = 14): Promise<number> {
  return database.execute('delete from inbox where handled_at < now() - make_interval(days => $1)', [olderThanDays]);
}
