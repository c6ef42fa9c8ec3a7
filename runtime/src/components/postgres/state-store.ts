import type { ComponentContext, Factory } from '#core/component.ts';
import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import type { TransactionalStateStore } from '#blocks/state/state-store.ts';
import { postgresActorStore } from './actor-store.ts';
import { type Connection, postgresConnection } from './connection.ts';
import { expirySweep } from './expiry-sweep.ts';
import { postgresJobStore } from './job-store.ts';
import { type Migration, migrate, stateMigration } from './migration.ts';
import { type PostgresSettings, postgresSettings } from './settings.ts';
import { stateReader } from './state-reader.ts';
import { type StateShape, stateShapeV2 } from './state-shape.ts';
import { stateWriter } from './state-writer.ts';

/** `state.postgresql` v2, on the same tables as upstream's. Rejects when the database cannot be reached. */
export const postgresStateStore: Factory<PostgresStateStore> = async (context) => {
  const settings = postgresSettings(context);
  const { stateTable, tablePrefix } = settings;
  const { store } = await stateStoreOn(context, settings, {
    shape: stateShapeV2(stateTable),
    migration: stateMigration(stateTable, tablePrefix),
    cleanupKey: `last-cleanup-state-v2-${tablePrefix}`,
  });
  return store;
};

export type PostgresStateStore = TransactionalStateStore & ActorCapable & JobCapable;

/** The differences between the versions of the component. */
export interface StateVersion {
  readonly shape: StateShape;
  readonly migration: Migration;
  /** The key in the metadata table with the time of the last removal of expired rows. */
  readonly cleanupKey: string;
}

export async function stateStoreOn(
  context: ComponentContext,
  settings: PostgresSettings,
  { shape, migration, cleanupKey }: StateVersion,
): Promise<{ readonly store: PostgresStateStore; readonly reading: Connection }> {
  const { clock, log } = context;
  const { timeoutMs } = settings;
  const writers: readonly Connection[] = [postgresConnection(settings, clock), postgresConnection(settings, clock)];
  const readerConnection = postgresConnection(settings, clock, { isPipelined: true });
  const [firstWriter] = writers;
  await firstWriter?.transaction((session) => migrate(session, settings.metadataTable, migration));

  const reader = stateReader(readerConnection, shape);
  const writer = stateWriter(writers, { shape, clock, timeoutMs });
  const stopSweep = expirySweep(readerConnection, { ...settings, shape, cleanupKey }, { clock, log });

  const store: PostgresStateStore = {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE'],
    get: (_call, key) => reader.get(key),
    getBulk: (_call, keys) => reader.getBulk(keys),
    set: (call, operation) => writer.write(call, [operation]),
    delete: (call, operation) => writer.write(call, [operation]),
    transact: (call, operations) => (operations.length === 0 ? Promise.resolve() : writer.write(call, operations)),
    actorStore: (appId) => postgresActorStore(appId, settings, { reader, shape, clock }),
    jobStore: (owner) => postgresJobStore(owner, settings, { clock, holder: context.random.uuid() }),
    async close() {
      stopSweep();
      await writer.close();
      await Promise.all([...writers, readerConnection].map((connection) => connection.close()));
    },
  };
  return { store, reading: readerConnection };
}
