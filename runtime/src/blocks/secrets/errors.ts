import { defineError } from '#core/errors.ts';

export const secretStoresNotConfigured = defineError(
  { code: 'ERR_SECRET_STORES_NOT_CONFIGURED', http: 500, grpc: 'FailedPrecondition' },
  () => 'secret store is not configured',
);

// 401 although this is not about authentication: Dapr returns it, and tests of SDKs rely on it.
export const secretStoreNotFound = defineError(
  { code: 'ERR_SECRET_STORE_NOT_FOUND', http: 401, grpc: 'InvalidArgument' },
  (store: string) => `failed finding secret store with key ${store}`,
);

export const secretDenied = defineError(
  { code: 'ERR_PERMISSION_DENIED', http: 403, grpc: 'PermissionDenied' },
  (name: string, store: string) => `access denied by policy to get "${name}" from "${store}"`,
);

export const secretGetFailed = defineError(
  { code: 'ERR_SECRET_GET', http: 500, grpc: 'Internal' },
  (name: string, store: string, reason: string) =>
    `failed getting secret with key ${name} from secret store ${store}: ${reason}`,
);
