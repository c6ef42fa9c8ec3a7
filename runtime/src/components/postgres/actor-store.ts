import type { Clock } from '#core/clock.ts';
import { actorStateKey } from '#blocks/actors/actor-key.ts';
import type { ActorStore } from '#blocks/actors/ports.ts';
import { postgresOutbox } from './actor-outbox.ts';
import { postgresOwnership } from './actor-ownership.ts';
import { postgresReminders } from './actor-reminders.ts';
import { type Connection, postgresConnection } from './connection.ts';
import { actorMigration, actorTables, migrate } from './migration.ts';
import { onceDone, whenReady } from './prepared-connection.ts';
import type { PostgresSettings } from './settings.ts';
import type { StateReader } from './state-reader.ts';
import type { StateShape } from './state-shape.ts';
import { turnBatchBuilder } from './turn-batch.ts';
import { turnWriter } from './turn-writer.ts';

/**
 * Actors in the database of the state store, on dedicated connections. Actor state is rows of the state table, read by the
 * state store's reader. The other tables are created on first use.
 */
export function postgresActorStore(
  appId: string,
  settings: PostgresSettings,
  shared: { readonly reader: StateReader; readonly shape: StateShape; readonly clock: Clock },
): ActorStore {
  const { clock, reader, shape } = shared;
  const tables = actorTables(settings.tablePrefix);
  const connections: Connection[] = [];
  const open = (options?: { isPipelined: boolean }): Connection => {
    const connection = postgresConnection(settings, clock, options);
    connections.push(connection);
    return connection;
  };

  const writers = [open(), open()];
  const prepared = onceDone(async () => {
    await writers[0]?.transaction((session) =>
      migrate(session, settings.metadataTable, actorMigration(tables, settings.tablePrefix)),
    );
  });
  // A heartbeat always precedes the first write, so the writers need not wait for the tables.
  const heartbeats = whenReady(prepared, open({ isPipelined: true }));
  const control = whenReady(prepared, open({ isPipelined: true }));
  const turns = turnWriter(writers, turnBatchBuilder(appId, shape, tables), {
    clock,
    timeoutMs: settings.timeoutMs,
  });

  return {
    get: (_call, actor, key) => reader.get(actorStateKey(appId, actor, key)),
    commit: (call, actor, fence, changes) => turns.commit(call, actor, fence, changes),
    reminders: postgresReminders(control, tables),
    outbox: postgresOutbox(control, appId, tables),
    ownership: postgresOwnership({ heartbeats, claims: control }, tables),
    async close() {
      await turns.close();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}
