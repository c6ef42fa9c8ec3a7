import { isBulkWriting, isQueryable, isTransactional } from '#blocks/state/state-store.ts';
import type {
  BulkWritingStateStore,
  QueryableStateStore,
  StateStore,
  TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';

/**
 * Applies a policy to reads and writes. An etag mismatch is not retried. Other capabilities of the store, such as
 * storing actors, are unchanged.
 */
export function resilientStateStore(inner: StateStore, policy: Policy, name: string): StateStore {
  const guarded = <T>(call: Call, what: string, run: (call: Call) => Promise<T>): Promise<T> =>
    policy(call, `${what} ${name}`, async (inside, _attempt, notes) => {
      try {
        return await run(inside);
      } catch (cause) {
        if (isEtagError(cause)) notes.last();
        throw cause;
      }
    });
  const store: StateStore = {
    ...inner,
    get: (call, key, consistency) => guarded(call, 'get', (inside) => inner.get(inside, key, consistency)),
    getBulk: (call, keys) => guarded(call, 'get', (inside) => inner.getBulk(inside, keys)),
    set: (call, operation) => guarded(call, 'set', (inside) => inner.set(inside, operation)),
    delete: (call, operation) => guarded(call, 'delete', (inside) => inner.delete(inside, operation)),
  };
  const transacting: StateStore | TransactionalStateStore = isTransactional(inner)
    ? {
        ...store,
        transact: (call, operations) => guarded(call, 'transact', (inside) => inner.transact(inside, operations)),
      }
    : store;
  const bulk: StateStore | BulkWritingStateStore = isBulkWriting(inner)
    ? {
        ...transacting,
        setMany: (call, operations) => guarded(call, 'set', (inside) => inner.setMany(inside, operations)),
        deleteMany: (call, operations) => guarded(call, 'delete', (inside) => inner.deleteMany(inside, operations)),
      }
    : transacting;
  if (!isQueryable(inner)) return bulk;
  const queryable: QueryableStateStore = {
    ...bulk,
    query: (call, query) => guarded(call, 'query', (inside) => inner.query(inside, query)),
  };
  return queryable;
}

function isEtagError(cause: unknown): boolean {
  return (
    cause instanceof RuntimeError &&
    (cause.kind.code === 'ERR_STATE_ETAG_MISMATCH' || cause.kind.code === 'ERR_STATE_ETAG_INVALID')
  );
}
