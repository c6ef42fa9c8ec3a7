import { defineError } from '#core/errors.ts';

export const cryptoNotConfigured = defineError(
  { code: 'ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED', http: 500, grpc: 'FailedPrecondition' },
  () => 'crypto providers not configured',
);

export const cryptoProviderNotFound = defineError(
  { code: 'ERR_CRYPTO_PROVIDER_NOT_FOUND', http: 400, grpc: 'InvalidArgument' },
  (name: string) => `crypto provider ${name} not found`,
);

export const cryptoRequestInvalid = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `invalid request: ${reason}`,
);

export const cryptoFailed = defineError(
  { code: 'ERR_CRYPTO', http: 500, grpc: 'Internal' },
  (reason: string) => `failed to perform operation: ${reason}`,
);

/** A segment was modified, reordered or truncated. */
export const segmentInvalid = defineError(
  { code: 'ERROR', http: 500, grpc: 'Internal' },
  (segment: number) => `error processing segment ${segment}: failed to decrypt segment`,
);

/** More segments than the counter can number: about 256 TiB. */
export const messageTooLong = defineError(
  { code: 'ERROR', http: 500, grpc: 'Internal' },
  () => 'input stream is too large',
);
