import { defineError } from '#core/errors.ts';

export const lockStoresNotConfigured = defineError(
  { code: 'ERR_LOCK_STORE_NOT_CONFIGURED', http: 500, grpc: 'FailedPrecondition' },
  () => 'lock store is not configured',
);

export const lockStoreNotFound = defineError(
  { code: 'ERR_LOCK_STORE_NOT_FOUND', http: 400, grpc: 'InvalidArgument' },
  (storeName: string) => `lock store ${storeName} not found`,
);

const malformed = { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' } as const;

export const resourceIdEmpty = defineError(
  malformed,
  (storeName: string) => `ResourceId is empty in lock store ${storeName}`,
);

export const lockOwnerEmpty = defineError(
  malformed,
  (storeName: string) => `LockOwner is empty in lock store ${storeName}`,
);

export const expiryNotPositive = defineError(
  malformed,
  (storeName: string) => `ExpiryInSeconds is not positive in lock store ${storeName}`,
);

export const tryLockFailed = defineError(
  { code: 'ERR_TRY_LOCK', http: 500, grpc: 'Internal' },
  (reason: string) => `failed to try acquiring lock: ${reason}`,
);

export const unlockFailed = defineError(
  { code: 'ERR_UNLOCK', http: 500, grpc: 'Internal' },
  (reason: string) => `failed to release lock: ${reason}`,
);
