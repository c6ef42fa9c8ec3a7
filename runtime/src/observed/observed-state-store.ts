import type { ActivityScope, Recorder } from '#core/activity.ts';
import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { Call } from '#core/call.ts';
import { type ActorCapable, isActorCapable } from '#blocks/actors/actor-capable.ts';
import { type JobCapable, isJobCapable } from '#blocks/jobs/job-capable.ts';
import type {
  BulkWritingStateStore,
  QueryableStateStore,
  StateOperation,
  StateStore,
  TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import { isBulkWriting, isQueryable, isTransactional } from '#blocks/state/state-store.ts';

/**
 * Records reads and writes of a state store, under the store's name, with keys, sizes and values. It has the
 * capabilities of the wrapped store; its actor and job stores are the unwrapped ones, since their blocks record their
 * own activities.
 */
export function observedStateStore(inner: StateStore, recorder: Recorder, name: string): StateStore {
  const observed: StateStore = {
    features: inner.features,
    get: (call, key, consistency) =>
      recorder.record(call, { kind: 'state.get', name, attributes: { key } }, async (inside, scope) => {
        const stored = await inner.get(inside, key, consistency);
        if (stored) {
          scope.set('bytes', stored.data.length);
          scope.output(stored.data);
        }
        return stored;
      }),
    getBulk: (call, keys) =>
      recorder.record(call, { kind: 'state.get', name, attributes: keyAttributes(keys) }, async (inside, scope) => {
        const stored = await inner.getBulk(inside, keys);
        scope.set('found', stored.size);
        return stored;
      }),
    set: (call, operation) =>
      recorder.record(
        call,
        {
          kind: 'state.set',
          name,
          attributes: { key: operation.key, bytes: operation.value.length },
          input: operation.value,
        },
        (inside) => inner.set(inside, operation),
      ),
    delete: (call, operation) =>
      recorder.record(call, { kind: 'state.delete', name, attributes: { key: operation.key } }, (inside) =>
        inner.delete(inside, operation),
      ),
    close: () => inner.close(),
  };
  const transacting = isTransactional(inner) ? withTransactions(observed, inner, { recorder, name }) : observed;
  const bulk = isBulkWriting(inner) ? withBulkWrites(transacting, inner, { recorder, name }) : transacting;
  const complete = isQueryable(inner) ? withQueries(bulk, inner, { recorder, name }) : bulk;
  const actors: Partial<ActorCapable> = isActorCapable(inner) ? { actorStore: (appId) => inner.actorStore(appId) } : {};
  const jobs: Partial<JobCapable> = isJobCapable(inner) ? { jobStore: (owner) => inner.jobStore(owner) } : {};
  return { ...complete, ...actors, ...jobs };
}

function withTransactions(
  observed: StateStore,
  inner: TransactionalStateStore,
  { recorder, name }: { readonly recorder: Recorder; readonly name: string },
): TransactionalStateStore {
  return {
    ...observed,
    ...(inner.maxOperations === undefined ? undefined : { maxOperations: inner.maxOperations }),
    transact: (call, operations) => {
      const attributes = keyAttributes(operations.map((operation) => operation.key));
      return recorder.record(call, { kind: 'state.transact', name, attributes }, (inside, scope) => {
        describeOperations(call, operations, scope);
        return inner.transact(inside, operations);
      });
    },
  };
}

function withBulkWrites(
  observed: StateStore,
  inner: BulkWritingStateStore,
  { recorder, name }: { readonly recorder: Recorder; readonly name: string },
): BulkWritingStateStore {
  const attributesOf = (operations: readonly StateOperation[]) =>
    keyAttributes(operations.map((operation) => operation.key));
  return {
    ...observed,
    setMany: (call, operations) =>
      recorder.record(call, { kind: 'state.set', name, attributes: attributesOf(operations) }, (inside, scope) => {
        describeOperations(call, operations, scope);
        return inner.setMany(inside, operations);
      }),
    deleteMany: (call, operations) =>
      recorder.record(call, { kind: 'state.delete', name, attributes: attributesOf(operations) }, (inside) =>
        inner.deleteMany(inside, operations),
      ),
  };
}

function withQueries(
  observed: StateStore,
  inner: QueryableStateStore,
  { recorder, name }: { readonly recorder: Recorder; readonly name: string },
): QueryableStateStore {
  return {
    ...observed,
    query: (call, query) =>
      recorder.record(call, { kind: 'state.get', name, attributes: { query: true } }, async (inside, scope) => {
        const page = await inner.query(inside, query);
        scope.set('found', page.items.length);
        return page;
      }),
  };
}

const maxKeysShown = 10;

function keyAttributes(keys: readonly string[]): ActivityAttributes['state.transact'] {
  return { count: keys.length, keys: keys.slice(0, maxKeysShown).join(', ') };
}

const maxBytesShown = 4096;

/** The payload of a transaction: a line per operation, up to a limit. */
function describeOperations(
  call: Call,
  operations: readonly StateOperation[],
  scope: ActivityScope<'state.set' | 'state.transact'>,
): void {
  if (call.isPrivate) return;
  let bytes = 0;
  let lines = '';
  for (const operation of operations) {
    const value = operation.kind === 'set' ? operation.value : undefined;
    bytes += value?.length ?? 0;
    const room = maxBytesShown - lines.length;
    if (room <= 0) continue;
    const text = value
      ? ` ${Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, room)).toString()}`
      : '';
    lines += `${operation.kind} ${operation.key}${text}\n`;
  }
  scope.set('bytes', bytes);
  scope.input(Buffer.from(lines));
}
