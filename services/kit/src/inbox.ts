import type { ServiceContext } from './service-context.ts';
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

const dayMs = 24 * 3_600_000;

/** A service may run for months: old inbox rows are deleted now and each day, until `close`. */
export function pruneInboxDaily(
  { clock, log }: Pick<ServiceContext, 'clock' | 'log'>,
  database: Pick<Database, 'execute'>,
): { close(): Promise<void> } {
  let cancel = (): void => {};
  let running = Promise.resolve();
  const prune = (): void => {
    cancel = clock.after(dayMs, prune);
    running = pruneInbox(database).then(
      () => undefined,
      (error: unknown) => log.warn({ error }, 'the inbox could not be pruned, next attempt tomorrow'),
    );
  };
  prune();
  return {
    close() {
      cancel();
      return running;
    },
  };
}

/** Stores that an event was handled, for effects that are idempotent without a transaction. False when it was handled before. */
export async function recordHandled(queries: Queries, eventId: string): Promise<boolean> {
  return (await queries.execute('insert into inbox (event_id) values ($1) on conflict do nothing', [eventId])) === 1;
}

/** Deletes ids of events older than any redelivery. */
export function pruneInbox(database: Pick<Database, 'execute'>, olderThanDays = 14): Promise<number> {
  return database.execute('delete from inbox where handled_at < now() - make_interval(days => $1)', [olderThanDays]);
}
