import type { LockBlock } from '#blocks/lock/lock.ts';
import type { DaprRpcs } from './server.ts';

export function lockRpcs(lock: LockBlock) {
  return {
    tryLockAlpha1: (call, request) => lock.tryLock(call, request),
    unlockAlpha1: (call, request) => lock.unlock(call, request),
  } satisfies DaprRpcs;
}
