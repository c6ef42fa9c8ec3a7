import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Database } from './database.ts';
import type { SqliteSettings } from './settings.ts';
import { sqlTime } from './sql-time.ts';
import type { StateTable } from './state-table.ts';
import type { WriteQueue } from './write-queue.ts';

export interface SweptDatabase {
  readonly database: Database;
  readonly queue: WriteQueue;
  readonly table: StateTable;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Deletes expired rows periodically. Sidecars that share a file coordinate through the metadata table, so that one of them
 * does it in each interval. Returns a function that stops it.
 */
export function expirySweep(settings: SqliteSettings, swept: SweptDatabase): () => void {
  const { cleanupIntervalMs, metadataTableName } = settings;
  const { database, queue, table, clock, log } = swept;
  if (cleanupIntervalMs <= 0 || settings.location.isReadOnly) return () => {};
  const claim = database.sqlite.prepare(
    `insert into ${metadataTableName} (key, value) values ('last-cleanup', ?)
      on conflict (key) do update set value = excluded.value where value < ?`,
  );
  const stopping = new AbortController();

  const sweep = async (): Promise<void> => {
    try {
      await queue.write(stopping, () => {
        const now = clock.now();
        // a little less than the interval, so that a timer that fires early does not skip a round
        const { changes } = claim.run(sqlTime(now), sqlTime(now - cleanupIntervalMs * 0.9));
        if (changes > 0) table.sweep();
      });
    } catch (cause) {
      if (!stopping.signal.aborted) log.warn({ error: textOf(cause) }, 'expired state was not removed, will retry');
    }
  };

  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(cleanupIntervalMs, () => {
      void sweep().then(() => {
        if (!stopping.signal.aborted) arm();
      });
    });
  };
  arm();
  return () => {
    stopping.abort(new Error('the component closes'));
    cancel();
  };
}
