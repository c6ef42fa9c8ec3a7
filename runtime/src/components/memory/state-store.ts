import type { Factory } from '#core/component.ts';
import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { StateOperation, TransactionalStateStore } from '#blocks/state/state-store.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import { actorDatabase } from './actor-database.ts';
import { memoryActorStoreOn } from './actor-store.ts';
import { memoryJobStore } from './job-store.ts';

/** `state.in-memory`: lost when the process ends. Values are not copied. */
export const memoryStateStore: Factory<TransactionalStateStore & ActorCapable & JobCapable> = async ({
  clock,
  random,
  log,
  name,
}) => {
  const database = actorDatabase({ clock, random });
  const { state } = database;

  const write = async (_call: unknown, operation: StateOperation): Promise<void> => {
    state.check(operation);
    state.apply(operation);
  };

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'DELETE_WITH_PREFIX', 'KEYS_LIKE'],
    get: async (_call, key) => state.get(key),
    async getBulk(_call, keys) {
      return new Map(
        keys.flatMap((key) => {
          const value = state.get(key);
          return value ? [[key, value] as const] : [];
        }),
      );
    },
    set: write,
    delete: write,
    async transact(_call, operations) {
      const restore = state.snapshot(operations.map((operation) => operation.key));
      try {
        for (const operation of operations) {
          state.check(operation);
          state.apply(operation);
        }
      } catch (cause) {
        restore();
        throw cause;
      }
    },
    actorStore(appId) {
      log.info(
        { component: name },
        'actors are stored in this process: no other sidecar can share them, a restart ends them',
      );
      return memoryActorStoreOn(database, appId);
    },
    jobStore: () => memoryJobStore(clock),
    async close() {},
  };
};
