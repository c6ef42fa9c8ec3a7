import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import type { Factory } from '#core/component.ts';
import type { StoredValue, TransactionalStateStore } from '#blocks/state/state-store.ts';
import { sqliteActorStore } from './actor-store.ts';
import { actorTables, createActorTables } from './actor-tables.ts';
import { openDatabase, sqliteError } from './database.ts';
import { sqliteJobStore } from './job-store.ts';
import { expirySweep } from './expiry-sweep.ts';
import { sqliteSettings } from './settings.ts';
import { createStateTable, stateTable } from './state-table.ts';
import { writeQueue } from './write-queue.ts';

/** `state.sqlite` on upstream's table, in a file that both runtimes can use at once. */
export const sqliteStateStore: Factory<TransactionalStateStore & ActorCapable & JobCapable> = async (context) => {
  const settings = sqliteSettings(context);
  const storesActors = /^true$/i.test(context.metadata['actorstatestore'] ?? '');
  const database = await openDatabase(settings, context.clock);
  try {
    const names = { table: settings.tableName, metadataTable: settings.metadataTableName };
    if (!settings.location.isReadOnly) {
      await database.transaction(() => {
        createStateTable(database, names);
        // the runtime opens the actor store only of a component with actorStateStore: true
        if (storesActors) createActorTables(database, actorTables(settings.tableName));
      });
    }
  } catch (cause) {
    database.close();
    throw sqliteError(cause);
  }
  const table = stateTable(database, settings.tableName, context);
  const queue = writeQueue(database);
  const stopSweep = expirySweep(settings, { database, queue, table, ...context });

  const read = async <T>(work: () => T): Promise<T> => {
    try {
      return await database.retryWhileBusy(work);
    } catch (cause) {
      throw sqliteError(cause);
    }
  };

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE'],
    get: (_call, key) => read(() => table.get(key)),
    getBulk: (_call, keys) =>
      read(() => {
        const values = new Map<string, StoredValue>();
        for (const key of keys) {
          const value = values.has(key) ? undefined : table.get(key);
          if (value) values.set(key, value);
        }
        return values;
      }),
    set: (call, operation) => queue.write(call, () => table.apply(operation)),
    delete: (call, operation) => queue.write(call, () => table.apply(operation)),
    transact: (call, operations) =>
      queue.write(call, () => {
        for (const operation of operations) table.apply(operation);
      }),
    actorStore(appId) {
      if (!storesActors) throw new TypeError(`component ${context.name} stores no actors: set actorStateStore to true`);
      const sharing = settings.location.isMemory
        ? 'no other sidecar can share them'
        : 'only sidecars that open the same file share them';
      context.log.info({ component: context.name }, `actors are stored in SQLite: ${sharing}`);
      return sqliteActorStore(appId, { database, queue, table, tableName: settings.tableName, clock: context.clock });
    },
    jobStore(owner) {
      const holder = context.random.uuid();
      return sqliteJobStore(owner, { database, queue, tableName: settings.tableName, clock: context.clock, holder });
    },
    async close() {
      stopSweep();
      await queue.close();
      database.close();
    },
  };
};
