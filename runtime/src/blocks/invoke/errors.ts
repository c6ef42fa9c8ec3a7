import { type GrpcCode, RuntimeError, defineError, textOf } from '#core/errors.ts';

/** Dapr's error for every call that got no response from an app. `reason` is the text of the cause. */
export const directInvokeFailed = defineError(
  { code: 'ERR_DIRECT_INVOKE', http: 500, grpc: 'Internal' },
  (target: string, reason: string) => `failed to invoke, id: ${target}, err: ${reason}`,
);

/** The callee's access rules denied the call. */
export const directInvokeDenied = defineError(
  { code: 'ERR_DIRECT_INVOKE', http: 403, grpc: 'PermissionDenied' },
  (target: string, reason: string) => `failed to invoke, id: ${target}, err: ${reason}`,
);

/** The rules of the callee's configuration deny the call. */
export const accessDenied = defineError(
  { code: 'ERR_ACCESS_DENIED', http: 403, grpc: 'PermissionDenied' },
  (caller: string, operation: string, verb: string) =>
    `access control policy has denied access to id: ${caller} operation: ${operation.replace(/^\//, '')} verb: ${verb}`,
);

/** A call that is a stream without being marked as one, under a policy with retries. */
export const streamNotRepeatable = defineError(
  { code: 'ERR_PROXY_STREAM', http: 400, grpc: 'FailedPrecondition' },
  () => 'cannot use resiliency policies with retries on streaming RPCs',
);

/** The user's own policy ended the call; it has the cause's status. */
export function directInvokeStopped(grpc: GrpcCode, target: string, reason: string): RuntimeError {
  const message = `failed to invoke, id: ${target}, err: ${reason}`;
  return new RuntimeError({ code: 'ERR_DIRECT_INVOKE', http: 500, grpc }, { message });
}

export const noAppId = defineError(
  { code: 'ERR_DIRECT_INVOKE', http: 404, grpc: 'NotFound' },
  () => 'failed getting app id either from the URL path or the header dapr-app-id',
);

export const requestTooLarge = defineError(
  { code: 'ERR_BODY_READ', http: 413, grpc: 'ResourceExhausted' },
  (limit: number) => `request body is larger than ${limit} bytes`,
);

export const requestCutShort = defineError(
  { code: 'ERR_BODY_READ', http: 400, grpc: 'InvalidArgument' },
  () => 'the request ended before its body was complete',
);

/** A sidecar could not be reached, or disconnected before a response began: the call may be retried. */
export const peerUnavailable = defineError(
  { code: 'ERR_PEER_UNAVAILABLE', http: 503, grpc: 'Unavailable' },
  (address: string, reason: string) => `the sidecar at ${address} does not respond: ${reason}`,
);

/** The other side disconnected or cancelled after a response had begun. Never retried. */
export const peerStreamBroken = defineError(
  { code: 'ERR_PEER_BROKE', http: 500, grpc: 'Internal' },
  (address: string, reason: string) => `the stream from the sidecar at ${address} was interrupted: ${reason}`,
);

export const peerRequestRejected = defineError(
  { code: 'ERR_PEER_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `the call between sidecars was rejected: ${reason}`,
);

export const methodInvalid = defineError(
  { code: 'ERR_DIRECT_INVOKE', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `invalid method: ${reason}`,
);

export const targetInvalid = defineError(
  { code: 'ERR_INVOKE_TARGET', http: 400, grpc: 'InvalidArgument' },
  (target: string) => (target === '' ? 'app id is empty' : `invalid app id ${target}`),
);

export const appNotFound = defineError(
  { code: 'ERR_INVOKE_NAME', http: 500, grpc: 'NotFound' },
  (appId: string) => `couldn't find service: ${appId}`,
);

/** A call to the own app id, without an app. */
export const localAppMissing = defineError(
  { code: 'ERR_INVOKE_SELF', http: 500, grpc: 'Internal' },
  () => 'cannot invoke local endpoint: app channel not initialized',
);

export const appChannelMissing = defineError(
  { code: 'ERR_APP_CHANNEL_NIL', http: 500, grpc: 'Internal' },
  () => 'app channel is not initialized',
);

/** The app did not respond. Not retried automatically: the app may have begun its work. */
export const appChannelFailed = defineError(
  { code: 'ERR_APP_CHANNEL', http: 500, grpc: 'Internal' },
  (reason: string) => `error invoking app channel: ${reason}`,
);

/** A sidecar could not be reached after `retries` earlier attempts; it has the cause's status. */
export function failedAfterRetries(grpc: GrpcCode, appId: string, retries: number, reason: string): RuntimeError {
  const message = `failed to invoke target ${appId} after ${retries} retries. Error: ${reason}`;
  return new RuntimeError({ code: 'ERR_INVOKE_RETRIES', http: 500, grpc }, { message });
}

/** Another sidecar has taken the address since the name was resolved; resolving again finds the right one. */
export const wrongApp = defineError(
  { code: 'ERR_DIRECT_INVOKE', http: 500, grpc: 'Unavailable' },
  (requested: string, actual: string) => `this is the sidecar of ${actual}, not of ${requested}`,
);

/**
 * Errors of the caller's side. Dapr shows their text unchanged; others, which arrived as a gRPC status, as a status.
 */
const shownVerbatim = new Set([
  'ERR_INVOKE_TARGET',
  'ERR_INVOKE_NAME',
  'ERR_INVOKE_SELF',
  'ERR_INVOKE_RETRIES',
  'ERR_APP_UNAVAILABLE',
  'ERR_APP_BROKE',
]);

/** The text of a cause, as quoted in `ERR_DIRECT_INVOKE`. */
export function quoted(cause: unknown): string {
  if (!(cause instanceof RuntimeError) || shownVerbatim.has(cause.kind.code)) return textOf(cause);
  return `rpc error: code = ${cause.kind.grpc} desc = ${cause.message}`;
}
