import type { OutgoingEvent } from '@outrigger/sdk';
import type { Database, Migration, Queries, Transaction } from './database.ts';
import type { World } from './world.ts';

export const outboxMigration: Migration = {
  name: '000 outbox',
  sql: `create table outbox (
    seq bigint generated always as identity primary key,
    event_id text not null unique,
    pubsub text not null,
    topic text not null,
    type text not null,
    data text not null,
    subject text not null,
    traceparent text,
    written_at timestamptz not null default now()
  );`,
};

/** Events leave in the transaction that causes them, and reach the broker after it: none is lost, none is told too early. */
export interface Outbox {
  /**
   * Adds an event to the transaction. Events with the same `subject` (such as an order id) are published in the order
   * written.
   */
  add(tx: Transaction, event: OutgoingEvent, subject?: string): Promise<void>;
  /** Publishes all that is written now; rejects when one could not be. For tests and orderly stops. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface OutboxRow {
  readonly [column: string]: unknown;
  readonly seq: string;
  readonly event_id: string;
  readonly pubsub: string;
  readonly topic: string;
  readonly type: string;
  readonly data: string;
  readonly subject: string;
  readonly traceparent: string | null;
}

const batchSize = 100;
/** Finds what another process left when it died. */
const pollMs = 2_000;
/** How soon to look again when another process relays. */
const busyMs = 50;

/** Starts the relay. It wakes after each commit that wrote events, and polls for leftovers. */
export function openOutbox(world: World, database: Database): Outbox {
  const { client, clock, chance, log } = world;
  let isClosed = false;
  let isFailing = false;
  /** The one relay of this process; rejects when an event could not be published. */
  let running: Promise<void> | undefined;
  let isWanted = false;
  let cancelPoll = ignore;
  let cancelRetry = ignore;

  const publishRow = (row: OutboxRow): Promise<void> => {
    const { pubsub, topic, type } = row;
    const event = { pubsub, topic, type, id: row.event_id, data: JSON.parse(row.data) as unknown };
    const trace = { traceparent: row.traceparent ?? undefined };
    return client.context.run(trace, () => client.publish(event, { timeoutMs: 5_000 }));
  };

  const relayBatch = async (): Promise<number> => {
    const { count, failure } = await database.transaction(async (tx) => {
      // One relay at a time, so that a subject's events keep their order across processes.
      const [lock] = await tx.query<{ held: boolean }>('select pg_try_advisory_xact_lock(hashtext($1)) as held', [
        `outbox ${database.schema}`,
      ]);
      if (lock?.held !== true) {
        // The other process may have looked before our commit.
        cancelRetry();
        cancelRetry = clock.after(busyMs, wake);
        return { count: 0, failure: undefined };
      }
      const rows = await tx.query<OutboxRow>('select * from outbox order by seq limit $1', [batchSize]);
      const published = await publishAll(rows, publishRow);
      await remove(tx, published.sent);
      return { count: rows.length, failure: published.failure };
    });
    // Only now: what was sent stays removed.
    if (failure !== undefined) throw failure;
    return count;
  };

  const relay = async (): Promise<void> => {
    do {
      isWanted = false;
      while ((await relayBatch()) === batchSize);
    } while (isWanted);
  };

  const start = (): Promise<void> =>
    (running ??= relay().finally(() => {
      running = undefined;
    }));

  const wake = (): void => {
    if (isClosed) return;
    isWanted = true;
    if (running) return;
    start()
      .then(
        () => void (isFailing = false),
        (error: unknown) => {
          // Rows stay; the poll comes back to them. Said once for each time that it begins.
          if (!isFailing) log.warn({ error }, 'events wait in the outbox');
          isFailing = true;
        },
      )
      // A commit between the last look and now.
      .finally(() => isWanted && wake());
  };

  const poll = (): void => {
    wake();
    cancelPoll = clock.after(pollMs, poll);
  };
  poll();

  return {
    async add(tx, event, subject) {
      const id = event.id ?? chance.uuid();
      const { traceparent = null } = client.context.current();
      await tx.execute(
        `insert into outbox (event_id, pubsub, topic, type, data, subject, traceparent)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, event.pubsub, event.topic, event.type, JSON.stringify(event.data ?? null), subject ?? id, traceparent],
      );
      tx.afterCommit(wake);
    },
    async flush() {
      while (running) await running.catch(ignore);
      await start();
    },
    async close() {
      isClosed = true;
      cancelPoll();
      cancelRetry();
      await running?.catch(ignore);
    },
  };
}

/** Side by side between subjects, one after the other within. */
async function publishAll(
  rows: readonly OutboxRow[],
  publish: (row: OutboxRow) => Promise<void>,
): Promise<{ sent: readonly string[]; failure: Error | undefined }> {
  const sent: string[] = [];
  let failure: Error | undefined;
  const bySubject = Map.groupBy(rows, (row) => row.subject);
  await Promise.all(
    [...bySubject.values()].map(async (group) => {
      try {
        for (const row of group) {
          await publish(row);
          sent.push(row.seq);
        }
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
      }
    }),
  );
  return { sent, failure };
}

async function remove(queries: Queries, seqs: readonly string[]): Promise<void> {
  if (seqs.length > 0) await queries.execute('delete from outbox where seq = any($1::bigint[])', [seqs]);
}

const ignore = (): void => {};
