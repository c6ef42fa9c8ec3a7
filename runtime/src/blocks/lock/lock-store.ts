import type { Call } from '#core/call.ts';

/**
 * The resource and the owner of a lock. `resourceId` is the full name with its prefix: stores know nothing of prefixes.
 */
export interface LockClaim {
  readonly resourceId: string;
  readonly lockOwner: string;
}

export type UnlockOutcome = 'released' | 'not-held' | 'held-by-other';

/** What the lock block needs from a vendor. A lock is a lease: it expires. */
export interface LockStore {
  /** False when the lock is held, also by the same owner: a lease is never extended. */
  tryLock(call: Call, claim: LockClaim & { readonly expirySeconds: number }): Promise<boolean>;
  /** Releases the lock only if this owner holds it. An expired lock counts as not held. */
  unlock(call: Call, claim: LockClaim): Promise<UnlockOutcome>;
  close(): Promise<void>;
}
