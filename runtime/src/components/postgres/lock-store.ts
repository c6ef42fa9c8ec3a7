import type { LockStore, UnlockOutcome } from '#blocks/lock/lock-store.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { postgresConnection } from './connection.ts';
import { migrate } from './migration.ts';
import { postgresSettings } from './settings.ts';

/**
 * `lock.postgresql`, an extension: a row per lock in `<tablePrefix>outrigger_locks`, by the database's clock. Rejects when
 * the database cannot be reached.
 */
export const postgresLockStore: Factory<LockStore> = async (context) => {
  const { clock, log } = context;
  const settings = postgresSettings(context);
  const table = `${settings.tablePrefix}outrigger_locks`;
  const setUp = postgresConnection(settings, clock);
  try {
    await setUp.transaction((session) =>
      migrate(session, settings.metadataTable, {
        key: `migrations-outrigger-locks-${settings.tablePrefix}`,
        steps: [
          `create table if not exists ${table} (
             resource text not null primary key,
             owner text not null,
             expires_at timestamptz not null
           )`,
        ],
      }),
    );
  } finally {
    await setUp.close();
  }
  const connection = postgresConnection(settings, clock, { isPipelined: true });
  const take = {
    name: 'lock-take',
    text: `insert into ${table} as held (resource, owner, expires_at)
      values ($1, $2, clock_timestamp() + $3::float8 * interval '1 second')
      on conflict (resource) do update set owner = excluded.owner, expires_at = excluded.expires_at
      where held.expires_at <= clock_timestamp() returning 1`,
  };
  const release = {
    name: 'lock-release',
    text: `delete from ${table} where resource = $1 and owner = $2 and expires_at > clock_timestamp() returning 1`,
  };
  const selectOwner = {
    name: 'lock-owner',
    text: `select owner from ${table} where resource = $1 and expires_at > clock_timestamp()`,
  };
  const sweep = { name: 'lock-sweep', text: `delete from ${table} where expires_at <= clock_timestamp()` };
  let cancelSweep = (): void => {};
  const armSweep = (): void => {
    if (settings.cleanupIntervalMs <= 0) return;
    cancelSweep = clock.after(settings.cleanupIntervalMs, () => {
      armSweep();
      connection
        .run(sweep, [])
        .catch((cause: unknown) =>
          log.warn({ table, error: textOf(cause) }, 'expired locks were not removed, will retry'),
        );
    });
  };
  armSweep();

  return {
    async tryLock(_call, { resourceId, lockOwner, expirySeconds }) {
      const taken = await connection.run(take, [resourceId, lockOwner, expirySeconds]);
      return taken.length > 0;
    },
    async unlock(_call, { resourceId, lockOwner }): Promise<UnlockOutcome> {
      const released = await connection.run(release, [resourceId, lockOwner]);
      if (released.length > 0) return 'released';
      const owners = await connection.run(selectOwner, [resourceId]);
      return owners.length > 0 ? 'held-by-other' : 'not-held';
    },
    async close() {
      cancelSweep();
      await connection.close();
    },
  };
};
