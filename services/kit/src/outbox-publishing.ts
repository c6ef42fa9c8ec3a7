import { isPermanent } from './failures.ts';
import type { OutboxRow, PublishedRows } from './outbox-rows.ts';

const firstRetryMs = 250;
const maxRetryMs = 30_000;

export interface PublishedBatch {
  readonly outcome: PublishedRows;
  /** The last error that a retry may fix. */
  readonly failure: Error | undefined;
}

/** Concurrently across subjects, sequentially within one. Rows that are not published when `isLate` are released. */
export async function publishAll(
  rows: readonly OutboxRow[],
  publish: (row: OutboxRow) => Promise<void>,
  isLate: () => boolean,
): Promise<PublishedBatch> {
  const outcome = {
    sent: [] as string[],
    released: [] as string[],
    failed: [] as PublishedRows['failed'][number][],
    parked: [] as PublishedRows['parked'][number][],
  };
  let failure: Error | undefined;
  const publishGroup = async (group: readonly OutboxRow[]): Promise<void> => {
    for (const [index, row] of group.entries()) {
      if (isLate()) return void outcome.released.push(...group.slice(index).map(({ seq }) => seq));
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
