import type { Factory } from '#core/component.ts';
import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { QueryableStateStore, TransactionalStateStore } from '#blocks/state/state-store.ts';
import { stateMigrationV1 } from './migration.ts';
import { postgresSettings } from './settings.ts';
import { stateQueries } from './state-query.ts';
import { stateShapeV1 } from './state-shape.ts';
import { stateStoreOn } from './state-store.ts';

/** `state.postgresql` v1, the default version of a component file: values as `jsonb`, which can be queried. */
export const postgresStateStoreV1: Factory<TransactionalStateStore & QueryableStateStore & ActorCapable> = async (
  context,
) => {
  const settings = postgresSettings(context);
  const shape = stateShapeV1(settings.stateTable);
  const migration = stateMigrationV1(settings.stateTable);
  const { store, reading } = await stateStoreOn(context, settings, { shape, migration, cleanupKey: 'last-cleanup' });
  const queries = stateQueries(reading, shape);
  return {
    ...store,
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE', 'QUERY_API'],
    query: (_call, query) => queries.find(query),
  };
};
