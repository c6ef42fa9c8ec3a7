import { defineError } from '#core/errors.ts';

/** The request cannot be expressed in HTTP; sending it again will not help. */
export const appRequestInvalid = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `the request cannot be sent to the app: ${reason}`,
);

/** The response began and was then interrupted. */
export const appResponseBroken = defineError(
  { code: 'ERR_APP_BROKE', http: 502, grpc: 'Internal' },
  (address: string, reason: string) => `the response of the app at ${address} was interrupted: ${reason}`,
);

export const appProtocolUnknown = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (protocol: string) => `an HTTP app channel cannot speak ${protocol}; use http, https or h2c`,
);

/** A call that arrived over gRPC lacks its HTTP verb. */
export const appVerbInvalid = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => reason,
);

export const rpcForHttpApp = defineError(
  { code: 'ERR_APP_PROTOCOL', http: 501, grpc: 'Unimplemented' },
  (method: string) => `the app speaks HTTP and has no gRPC method ${method}`,
);
