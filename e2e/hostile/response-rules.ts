import { errorCodeOf } from './http-request.ts';
import type { RpcOutcome } from './rpc-call.ts';

/**
 * Errors of 500 and above that Dapr's API prescribes for client errors. All other client errors must be 4xx; `ERROR`, the
 * code of undeclared errors, is never allowed.
 */
export const prescribed: Readonly<Record<string, string>> = {
  ERR_DIRECT_INVOKE: 'invocation of an unknown app, or of an invalid method, is 500',
  ERR_API_UNIMPLEMENTED: '501: the API is not implemented',
  ERR_STATE_SAVE: 'every rejection by a store except an etag mismatch is 500',
  ERR_STATE_DELETE: 'every rejection by a store except an etag mismatch is 500',
  ERR_STATE_TRANSACTION: 'always 500, even for an etag that is stale',
  ERR_STATE_STORE_NOT_SUPPORTED: 'a store without transactions or queries is 500',
  ERR_PUBSUB_PUBLISH_MESSAGE: 'a rejection by the broker is 500, as is a bulk with a failed entry',
  ERR_PUBSUB_CLOUD_EVENTS_SER: 'an invalid CloudEvent is 500',
  ERR_CONFIGURATION_GET: 'every rejection by a store is 500',
  ERR_CONFIGURATION_SUBSCRIBE: 'every rejection by a store is 500',
  ERR_TRY_LOCK: 'every rejection by a store is 500',
  ERR_UNLOCK: 'every rejection by a store is 500',
  ERR_CRYPTO: 'a failed encryption or decryption is 500',
  ERR_CRYPTO_KEY: 'a missing key is 500',
  ERR_INVOKE_OUTPUT_BINDING: 'a missing binding, or a rejection by one, is 500',
  ERR_HEALTH_APPID_NOT_MATCH: 'a probe meant for another app is 500',
  ERR_ACTOR_INVOKE_METHOD: 'every failed actor call is 500, or Internal',
  ERR_ACTOR_INSTANCE_MISSING: 'an actor that is not active is 400 over HTTP, Internal over gRPC',
  DAPR_STATE_QUERYING_NOT_SUPPORTED: 'a store without queries is Internal',
  DAPR_PUBSUB_PUBLISH_MESSAGE: 'a bulk with all entries rejected is Internal',
  DAPR_SCHEDULER_GET_JOB: 'a missing job is 500, not 404',
  DAPR_SCHEDULER_DELETE_JOB: 'every failure to delete jobs is 500',
  DAPR_SCHEDULER_LIST_JOBS: 'every failure to list jobs is 500',
  ERR_ACTOR_TIMER_CREATE: 'a timer on an actor of a type that the app does not host is 500',
};

/** Responses must not contain stack traces. */
const internalDetails = /node:internal|\.ts:\d+|node_modules/;

/** The only error response of Dapr's API without a code. */
const codeless = /\{"message":"failed to unsubscribe to configuration request /;

/** Undefined when the response is acceptable. */
export function faultOf(status: number, text: string): string | undefined {
  if (status < 400) return undefined;
  if (internalDetails.test(text)) return `${status} exposes internal details`;
  if (status < 500 || codeless.test(text)) return undefined;
  const errorCode = errorCodeOf(text);
  return Object.hasOwn(prescribed, errorCode) ? undefined : `${status} ${errorCode}`;
}

const unknown = '2';
const internal = '13';

/** The reference proxies other RPCs, and returns this error without a target app. */
const noAppToProxyTo = /^cannot proxy request: missing dapr-callee-app-id/;

/** Client errors for which gRPC itself, as in its Go library, uses Internal. Prefixes of the texts. */
const prescribedInternal: readonly RegExp[] = [
  /^the message is not a valid /,
  /^Invalid grpc-timeout/,
  /^Failed to decompress message/,
];

/** Undefined when the status is acceptable. `Unknown` is for undeclared errors. */
export function rpcFaultOf({ status, message, reason }: RpcOutcome): string | undefined {
  if (status === 'silent') return 'silent';
  if (internalDetails.test(message)) return `${status} exposes internal details: ${message}`;
  if (status === unknown) return noAppToProxyTo.test(message) ? undefined : `UNKNOWN ${message}`;
  if (status !== internal || Object.hasOwn(prescribed, reason)) return undefined;
  return prescribedInternal.some((pattern) => pattern.test(message))
    ? undefined
    : `INTERNAL ${reason} ${message.slice(0, 300)}`;
}
