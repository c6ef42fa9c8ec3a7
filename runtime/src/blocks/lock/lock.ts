import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import { textOf, withCause } from '#core/errors.ts';
import * as errors from './errors.ts';
import { lockKey } from './lock-key.ts';
import type { LockStore, UnlockOutcome } from './lock-store.ts';

export interface Unlock {
  readonly storeName: string;
  readonly resourceId: string;
  readonly lockOwner: string;
}

export interface TryLock extends Unlock {
  readonly expiryInSeconds: number;
}

/** Dapr's numbers; 3 is an error of the store, which is a rejection here. */
export const unlockStatus = { released: 0, 'not-held': 1, 'held-by-other': 2 } as const satisfies Record<
  UnlockOutcome,
  number
>;

export type UnlockStatus = (typeof unlockStatus)[UnlockOutcome];

/** Locks, for the HTTP and the gRPC API. Rejects with the errors of `errors.ts`. */
export interface LockBlock {
  tryLock(call: Call, request: TryLock): Promise<{ readonly success: boolean }>;
  unlock(call: Call, request: Unlock): Promise<{ readonly status: UnlockStatus }>;
}

export interface LockOptions {
  readonly appId: string;
  readonly stores: ReadonlyMap<string, Loaded<LockStore>>;
  readonly recorder: Recorder;
}

export function lockBlock({ appId, stores, recorder }: LockOptions): LockBlock {
  /** In upstream's order, so that a request with several errors gets the same one. */
  const storeFor = ({ storeName, resourceId, lockOwner }: Unlock): Loaded<LockStore> => {
    if (stores.size === 0) throw errors.lockStoresNotConfigured();
    if (resourceId === '') throw errors.resourceIdEmpty(storeName);
    if (lockOwner === '') throw errors.lockOwnerEmpty(storeName);
    const store = stores.get(storeName);
    if (!store) throw errors.lockStoreNotFound(storeName);
    return store;
  };
  const keyIn = (store: Loaded<LockStore>, resourceId: string): string =>
    lockKey(resourceId, store.metadata['keyprefix'], { appId, storeName: store.name });

  return {
    async tryLock(call, request) {
      const { storeName, lockOwner, expiryInSeconds } = request;
      if (expiryInSeconds <= 0) throw errors.expiryNotPositive(storeName);
      const store = storeFor(request);
      const attributes: ActivityAttributes['lock.try'] = {
        resource: request.resourceId,
        owner: lockOwner,
        expirySeconds: expiryInSeconds,
      };
      return await recorder.record(call, { kind: 'lock.try', name: storeName, attributes }, async (inner, scope) => {
        try {
          const resourceId = keyIn(store, request.resourceId);
          const claim = { resourceId, lockOwner, expirySeconds: expiryInSeconds };
          const success = await store.port.tryLock(inner, claim);
          scope.set('success', success);
          return { success };
        } catch (cause) {
          throw withCause(errors.tryLockFailed(textOf(cause)), cause);
        }
      });
    },

    async unlock(call, request) {
      const store = storeFor(request);
      const { storeName, lockOwner } = request;
      const attributes: ActivityAttributes['lock.release'] = { resource: request.resourceId, owner: lockOwner };
      return await recorder.record(
        call,
        { kind: 'lock.release', name: storeName, attributes },
        async (inner, scope) => {
          try {
            const outcome = await store.port.unlock(inner, { resourceId: keyIn(store, request.resourceId), lockOwner });
            scope.set('outcome', outcome);
            return { status: unlockStatus[outcome] };
          } catch (cause) {
            throw withCause(errors.unlockFailed(textOf(cause)), cause);
          }
        },
      );
    },
  };
}
