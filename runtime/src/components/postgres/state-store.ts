import type { Factory } from '#core/component.ts';
import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { TransactionalStateStore } from '#blocks/state/state-store.ts';
import { postgresActorStore } from './actor-store.ts';
import { type Connection, postgresConnection } from './connection.ts';
import { expirySweep } from './expiry-sweep.ts';
import { migrate, stateMigration } from './migration.ts';
import { postgresSettings } from './settings.ts';
import { stateReader } from './state-reader.ts';
import { stateWriter } from './state-writer.ts';

/** `state.postgresql` v2, on the same tables as upstream's. Rejects when the database cannot be reached. */
export const postgresStateStore: Factory<TransactionalStateStore & ActorCapable> = async (context) => {
  const { clock, log } = context;
  const settings = postgresSettings(context);
  const { stateTable, timeoutMs } = settings;
  const writers: readonly Connection[] = [postgresConnection(settings, clock), postgresConnection(settings, clock)];
  const readerConnection = postgresConnection(settings, clock, { isPipelined: true });
  const [firstWriter] = writers;
  await firstWriter?.transaction((session) =>
    migrate(session, settings.metadataTable, stateMigration(stateTable, settings.tablePrefix)),
  );

  const reader = stateReader(readerConnection, stateTable);
  const writer = stateWriter(writers, { table: stateTable, clock, timeoutMs });
  const stopSweep = expirySweep(readerConnection, settings, { clock, log });

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL'],
    get: (_call, key) => reader.get(key),
    getBulk: (_call, keys) => reader.getBulk(keys),
    set: (call, operation) => writer.write(call, [operation]),
    delete: (call, operation) => writer.write(call, [operation]),
    transact: (call, operations) => (operations.length === 0 ? Promise.resolve() : writer.write(call, operations)),
    actorStore: (appId) => postgresActorStore(appId, settings, { reader, clock }),
    async close() {
      stopSweep();
      await writer.close();
      await Promise.all([...writers, readerConnection].map((connection) => connection.close()));
    },
  };
};
