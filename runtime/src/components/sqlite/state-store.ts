import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import type { Factory } from '#core/component.ts';
import type { StoredValue, TransactionalStateStore } from '#blocks/state/state-store.ts';
import { sqliteActorStore } from './actor-store.ts';
import { actorTables, createActorTables } from './actor-tables.ts';
import { openDatabase, sqliteRefusal } from './database.ts';
import { sqliteJobStore } from './job-store.ts';
import { expirySweep } from './expiry-sweep.ts';
import { sqliteSettings } from './settings.ts';
import { createStateTable, stateTable } from './state-table.ts';
import { writeTurns } from './write-turns.ts';

/** `state.sqlite` on upstream's own table, in a file that both sidecars may use at once. */
export const sqliteStateStore: Factory<TransactionalStateStore & ActorCapable & JobCapable> = async (context) => {
  const settings = sqliteSettings(context);
  const keepsActors = /^true$/i.test(context.metadata['actorstatestore'] ?? '');
  const database = await openDatabase(settings, context.clock);
  try {
    const names = { table: settings.tableName, metadataTable: settings.metadataTableName };
    if (!settings.place.isReadOnly) {
      await database.transaction(() => {
        createStateTable(database, names);
        // asked for by the runtime, which keeps actors where a component says so
        if (keepsActors) createActorTables(database, actorTables(settings.tableName));
      });
    }
  } catch (cause) {
    database.close();
    throw sqliteRefusal(cause);
  }
  const table = stateTable(database, settings.tableName, context);
  const turns = writeTurns(database);
  const stopSweep = expirySweep(settings, { database, turns, table, ...context });

  const reading = async <T>(work: () => T): Promise<T> => {
    try {
      return await database.patiently(work);
    } catch (cause) {
      throw sqliteRefusal(cause);
    }
  };

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE'],
    get: (_call, key) => reading(() => table.get(key)),
    getBulk: (_call, keys) =>
      reading(() => {
        const found = new Map<string, StoredValue>();
        for (const key of keys) {
          const value = found.has(key) ? undefined : table.get(key);
          if (value) found.set(key, value);
        }
        return found;
      }),
    set: (call, operation) => turns.write(call, () => table.apply(operation)),
    delete: (call, operation) => turns.write(call, () => table.apply(operation)),
    transact: (call, operations) =>
      turns.write(call, () => {
        for (const operation of operations) table.apply(operation);
      }),
    actorStore(appId) {
      if (!keepsActors) throw new TypeError(`component ${context.name} keeps no actors: set actorStateStore to true`);
      const sharing = settings.place.isMemory
        ? 'no other sidecar can share them'
        : 'only sidecars that open the same file share them';
      context.log.info({ component: context.name }, `actors are stored in SQLite: ${sharing}`);
      return sqliteActorStore(appId, { database, turns, table, tableName: settings.tableName, clock: context.clock });
    },
    jobStore(owner) {
      const holder = context.chance.uuid();
      return sqliteJobStore(owner, { database, turns, tableName: settings.tableName, clock: context.clock, holder });
    },
    async close() {
      stopSweep();
      await turns.close();
      database.close();
    },
  };
};
