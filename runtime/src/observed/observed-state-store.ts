import type { Recorder } from '#core/activity.ts';
import type { StateOperation, StateStore, TransactionalStateStore } from '#blocks/state/state-store.ts';
import { isTransactional } from '#blocks/state/state-store.ts';

/** Records what is read from and written to a state store, under the store's name. Actors record their own. */
export function observedStateStore(inner: StateStore, recorder: Recorder, name: string): StateStore {
  const observed: StateStore = {
    features: inner.features,
    get: (call, key, consistency) =>
      recorder.record(call, { kind: 'state.get', name, attributes: { key } }, async (inside, scope) => {
        const found = await inner.get(inside, key, consistency);
        if (found) scope.output(found.data);
        return found;
      }),
    getBulk: (call, keys) =>
      recorder.record(call, { kind: 'state.get', name, attributes: { keys: keys.length } }, (inside) =>
        inner.getBulk(inside, keys),
      ),
    set: (call, operation) =>
      recorder.record(
        call,
        { kind: 'state.set', name, attributes: { key: operation.key }, input: operation.value },
        (inside) => inner.set(inside, operation),
      ),
    delete: (call, operation) =>
      recorder.record(call, { kind: 'state.delete', name, attributes: { key: operation.key } }, (inside) =>
        inner.delete(inside, operation),
      ),
    close: () => inner.close(),
  };
  return isTransactional(inner) ? withTransactions(observed, inner, { recorder, name }) : observed;
}

function withTransactions(
  observed: StateStore,
  inner: TransactionalStateStore,
  { recorder, name }: { readonly recorder: Recorder; readonly name: string },
): TransactionalStateStore {
  return {
    ...observed,
    ...(inner.maxOperations === undefined ? undefined : { maxOperations: inner.maxOperations }),
    transact: (call, operations) =>
      recorder.record(call, { kind: 'state.transact', name, attributes: factsOf(operations) }, (inside) =>
        inner.transact(inside, operations),
      ),
  };
}

const mostKeysShown = 10;

function factsOf(operations: readonly StateOperation[]): Readonly<Record<string, string | number>> {
  const keys = operations.slice(0, mostKeysShown).map((operation) => operation.key);
  return { operations: operations.length, keys: keys.join(', ') };
}
