import type { OutgoingEvent } from '@outrigger/sdk';
import { isPermanent } from './failures.ts';
import type { Database, Transaction } from './database.ts';
import { claimRows, isWholeBatch, settleRows } from './outbox-rows.ts';
import type { OutboxRow, PublishedRows } from './outbox-rows.ts';
import type { ServiceContext } from './service-context.ts';

/**
 * Pattern: transactional outbox. Events are written in the transaction that causes them and reach the broker after it. None
 * is lost, and none is published for a transaction that was rolled back.
 */
export interface Outbox {
  /**
   * Adds an event to the transaction. Events with the same `subject` (such as an order id) are published in the order
   * written.
   */
  add(tx: Transaction, event: OutgoingEvent, subject?: string): Promise<void>;
  /** Publishes all that is written now, also what waits for its next attempt; rejects when one could not be published. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Finds rows of a process that died. */
const pollMs = 1_000;
const publishTimeoutMs = 4_000;
/** Rows that are not published by then are released, before their lease ends. */
const batchTimeoutMs = 10_000;
const firstRetryMs = 250;
const maxRetryMs = 30_000;

/** Starts the relay. It wakes after each commit that wrote events, and polls for leftovers. */
export function openOutbox(context: ServiceContext, database: Database): Outbox {
  const { client, clock, random, log, metrics } = context;
  let isClosed = false;
  let isFailing = false;
  let running: Promise<void> | undefined;
  let isWakePending = false;
  let cancelPoll = ignore;
  let cancelRetry = ignore;

  const publishRow = (row: OutboxRow): Promise<void> => {
    const { pubsub, topic, type } = row;
    const event = { pubsub, topic, type, id: row.event_id, data: JSON.parse(row.data) as unknown };
    const trace = { traceparent: row.traceparent ?? undefined };
    return client.context.run(trace, () => client.publish(event, { timeoutMs: publishTimeoutMs }));
  };

  const relayBatch = async (isForced: boolean): Promise<{ readonly hasMore: boolean; readonly failure?: Error }> => {
    const rows = await claimRows(database, isForced);
    if (rows.length === 0) return { hasMore: false };
    const { outcome, failure } = await publishAll(rows, publishRow, clock.now() + batchTimeoutMs, () => clock.now());
    await settleRows(database, outcome);
    for (const { seq, subject, error } of outcome.parked) {
      metrics.count('store_outbox_parked_total', 'Outbox events that can never be published.');
      log.error(
        { event: 'outbox-parked', seq, subject, error },
        'an event can never be published and is parked in the outbox',
      );
    }
    const soonest = Math.min(...outcome.failed.map(({ delayMs }) => delayMs));
    if (Number.isFinite(soonest)) {
      cancelRetry();
      cancelRetry = clock.after(soonest + 10, wake);
    }
    return { hasMore: isWholeBatch(rows) || outcome.released.length > 0, ...(failure && { failure }) };
  };

  const relay = async (isForced: boolean): Promise<void> => {
    let failure: Error | undefined;
    do {
      isWakePending = false;
      for (let hasMore = true; hasMore;) {
        const result = await relayBatch(isForced);
        hasMore = result.hasMore;
        failure ??= result.failure;
        // Each row was attempted once; forcing it again at once would not end.
        if (isForced && result.failure) break;
      }
    } while (isWakePending && !isClosed);
    if (failure) throw failure;
  };

  const start = (isForced = false): Promise<void> =>
    (running ??= relay(isForced).finally(() => {
      running = undefined;
    }));

  const wake = (): void => {
    if (isClosed) return;
    isWakePending = true;
    if (running) return;
    start()
      .then(
        () => void (isFailing = false),
        (error: unknown) => {
          // The rows stay and are tried again. Logged once for each time that it begins.
          if (!isFailing)
            log.warn({ event: 'outbox-waiting', error }, 'events in the outbox could not be published, retrying');
          isFailing = true;
        },
      )
      // A commit between the last poll and now.
      .finally(() => isWakePending && wake());
  };

  const poll = (): void => {
    wake();
    cancelPoll = clock.after(pollMs, poll);
  };
  poll();

  return {
    async add(tx, event, subject) {
      const id = event.id ?? random.uuid();
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
      await start(true);
    },
    async close() {
      isClosed = true;
      cancelPoll();
      cancelRetry();
      await running?.catch(ignore);
    },
  };
}

/** Concurrently across subjects, sequentially within one. */
async function publishAll(
  rows: readonly OutboxRow[],
  publish: (row: OutboxRow) => Promise<void>,
  deadline: number,
  now: () => number,
): Promise<{ outcome: PublishedRows; failure: Error | undefined }> {
  const outcome = {
    sent: [] as string[],
    released: [] as string[],
    failed: [] as PublishedRows['failed'][number][],
    parked: [] as PublishedRows['parked'][number][],
  };
  let failure: Error | undefined;
  const publishGroup = async (group: readonly OutboxRow[]): Promise<void> => {
    for (const [index, row] of group.entries()) {
      if (now() >= deadline) return void outcome.released.push(...group.slice(index).map(({ seq }) => seq));
      try {
        await publish(row);
        outcome.sent.push(row.seq);
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        if (isPermanent(error)) {
          outcome.parked.push({ seq: row.seq, subject: row.subject, error: storable(error.message) });
          continue;
        }
        failure = error;
        const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(row.attempts - 1, 10));
        outcome.failed.push({ seq: row.seq, delayMs, error: storable(error.message) });
        return void outcome.released.push(...group.slice(index + 1).map(({ seq }) => seq));
      }
    }
  };
  await Promise.all([...Map.groupBy(rows, (row) => row.subject).values()].map(publishGroup));
  return { outcome, failure };
}

/** Text from elsewhere may hold characters that Postgres rejects. */
const storable = (text: string): string => text.slice(0, 500).replaceAll('\0', ' ').toWellFormed();

const ignore = (): void => {};
