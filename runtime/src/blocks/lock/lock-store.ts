import type { Call } from '#core/call.ts';

/** What a lock is held on and by whom. `resourceId` is the full name, prefix included: stores know nothing of prefixes. */
export interface LockClaim {
  readonly resourceId: string;
  readonly lockOwner: string;
}

export type UnlockOutcome = 'released' | 'not-held' | 'held-by-other';

/** What the lock block needs of a vendor. A lock is a lease: it ends by itself when its time is over. */
export interface LockStore {
  /** False when somebody holds the lock, the same owner included: a lease is never prolonged. */
  tryLock(call: Call, claim: LockClaim & { readonly expirySeconds: number }): Promise<boolean>;
  /** Releases the lock only if it is this owner's. One whose time is over counts as not held. */
  unlock(call: Call, claim: LockClaim): Promise<UnlockOutcome>;
  close(): Promise<void>;
}
