import type { OutgoingEvent } from '@outrigger/sdk';
import type { Database, Transaction } from './database.ts';
import { publishAll } from './outbox-publishing.ts';
import { outboxRelay } from './outbox-relay.ts';
import type { BatchResult } from './outbox-relay.ts';
import { claimRows, insertRow, isWholeBatch, settleRows } from './outbox-rows.ts';
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

const publishTimeoutMs = 4_000;
/** Rows that are not published by then are released, before their lease ends. */
const batchTimeoutMs = 10_000;

/** Starts the relay. It wakes after each commit that wrote events, and polls for leftovers. */
export function openOutbox(context: ServiceContext, database: Database): Outbox {
  const { client, clock, random } = context;

  const publishRow = (row: OutboxRow): Promise<void> => {
    const { pubsub, topic, type } = row;
    const event = { pubsub, topic, type, id: row.event_id, data: JSON.parse(row.data) as unknown };
    const trace = { traceparent: row.traceparent ?? undefined };
    return client.context.run(trace, () => client.publish(event, { timeoutMs: publishTimeoutMs }));
  };

  const relayBatch = async (isForced: boolean): Promise<BatchResult> => {
    const rows = await claimRows(database, isForced);
    const [first] = rows;
    if (first === undefined) return { hasMore: false };
    let isLate = false;
    // A timer: the system's clock may be set back meanwhile, and the leases would end before the batch.
    const cancel = clock.after(batchTimeoutMs, () => (isLate = true));
    const { outcome, failure } = await publishAll(rows, publishRow, () => isLate);
    cancel();
    await settleRows(database, first.lease, outcome);
    reportParked(context, outcome.parked);
    const soonest = Math.min(...outcome.failed.map(({ delayMs }) => delayMs));
    if (Number.isFinite(soonest)) relay.wakeAfter(soonest + 10);
    return { hasMore: isWholeBatch(rows) || outcome.released.length > 0, ...(failure && { failure }) };
  };

  const relay = outboxRelay(context, relayBatch);

  return {
    async add(tx, event, subject) {
      const id = event.id ?? random.uuid();
      await insertRow(tx, { ...event, id, subject: subject ?? id, traceparent: client.context.current().traceparent });
      tx.afterCommit(() => relay.wake());
    },
    flush: () => relay.flush(),
    close: () => relay.close(),
  };
}

function reportParked({ log, metrics }: ServiceContext, parked: PublishedRows['parked']): void {
  for (const { seq, subject, error } of parked) {
    metrics.count('store_outbox_parked_total', 'Outbox events that can never be published.');
    log.error(
      { event: 'outbox-parked', seq, subject, error },
      'an event can never be published and is parked in the outbox',
    );
  }
}
