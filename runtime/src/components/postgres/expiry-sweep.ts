import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Connection } from './connection.ts';
import type { PostgresSettings } from './settings.ts';
import type { StateShape } from './state-shape.ts';

/**
 * Deletes expired rows periodically. Sidecars that share a table coordinate through the metadata table, so that one of them
 * does it in each interval. Returns a function that stops it.
 */
export function expirySweep(
  connection: Connection,
  settings: PostgresSettings & { readonly shape: StateShape; readonly cleanupKey: string },
  dependencies: { readonly clock: Clock; readonly log: Log },
): () => void {
  const { shape, metadataTable, cleanupKey, cleanupIntervalMs } = settings;
  if (cleanupIntervalMs <= 0) return () => {};
  const claim = {
    name: 'sweep-claim',
    text: `insert into ${metadataTable} as m (key, value) values ($1, now()::text)
      on conflict (key) do update set value = now()::text
      where m.value::timestamptz < now() - $2::float8 * interval '1 millisecond' returning key`,
  };
  const remove = { name: 'sweep', text: `delete from ${shape.table} where ${shape.expires} < now()` };

  const sweep = async (): Promise<void> => {
    try {
      // A little less than the interval, so that a timer that fires early does not skip a round.
      const claimed = await connection.run(claim, [cleanupKey, Math.floor(cleanupIntervalMs * 0.9)]);
      if (claimed.length > 0) await connection.run(remove, []);
    } catch (cause) {
      dependencies.log.warn({ table: shape.table, error: textOf(cause) }, 'expired state was not removed, will retry');
    }
  };

  let isStopped = false;
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = dependencies.clock.after(cleanupIntervalMs, () => {
      void sweep().then(() => {
        if (!isStopped) arm();
      });
    });
  };
  arm();
  return () => {
    isStopped = true;
    cancel();
  };
}
