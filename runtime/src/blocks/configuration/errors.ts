import { defineError } from '#core/errors.ts';

export const configurationNotConfigured = defineError(
  { code: 'ERR_CONFIGURATION_STORE_NOT_CONFIGURED', http: 500, grpc: 'FailedPrecondition' },
  () => 'configuration stores not configured',
);

export const configurationStoreNotFound = defineError(
  { code: 'ERR_CONFIGURATION_STORE_NOT_FOUND', http: 400, grpc: 'InvalidArgument' },
  (storeName: string) => `configuration store ${storeName} not found`,
);

export const configurationGetFailed = defineError(
  { code: 'ERR_CONFIGURATION_GET', http: 500, grpc: 'Internal' },
  (keys: readonly string[], storeName: string, reason: string) =>
    `failed to get [${keys.join(' ')}] from Configuration store ${storeName}: ${reason}`,
);

// the two APIs have different statuses for it
export const configurationSubscribeFailed = defineError(
  { code: 'ERR_CONFIGURATION_SUBSCRIBE', http: 500, grpc: 'InvalidArgument' },
  (keys: readonly string[], storeName: string, reason: string) =>
    `failed to subscribe [${keys.join(' ')}] from Configuration store ${storeName}: ${reason}`,
);

export const configurationAppMissing = defineError(
  { code: 'ERR_APP_CHANNEL_NIL', http: 500, grpc: 'Internal' },
  () => 'app channel is not initialized. cannot subscribe to configuration updates',
);

/** The message of an unsubscription that finds nothing; it is not an error on the wire. */
export function unsubscribeFailedMessage(id: string): string {
  return `failed to unsubscribe to configuration request ${id}: subscription does not exist`;
}
