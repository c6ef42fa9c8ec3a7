import { errorCodeOf } from './http-request.ts';
import type { RpcOutcome } from './rpc-call.ts';

/**
 * Errors of 500 and above that the wire itself prescribes for what a caller got wrong. Everything else at fault of the
 * caller must be 4xx; `ERROR`, the code of errors that nobody declared, is never allowed.
 */
export const prescribed: Readonly<Record<string, string>> = {
  ERR_DIRECT_INVOKE: 'invocation of an app nobody knows, or of a method that cannot be one, is 500 on the wire',
  ERR_API_UNIMPLEMENTED: '501: the API is not there',
  ERR_STATE_SAVE: 'whatever a store refuses but an etag is 500',
  ERR_STATE_DELETE: 'whatever a store refuses but an etag is 500',
  ERR_STATE_TRANSACTION: 'always 500, even for an etag that is stale',
  ERR_STATE_STORE_NOT_SUPPORTED: 'a store without transactions or queries is 500',
  ERR_PUBSUB_PUBLISH_MESSAGE: 'what the broker refuses is 500, as is a bulk with any failed entry',
  ERR_PUBSUB_CLOUD_EVENTS_SER: 'an event that makes no CloudEvent is 500',
  ERR_CONFIGURATION_GET: 'whatever a store refuses is 500',
  ERR_CONFIGURATION_SUBSCRIBE: 'whatever a store refuses is 500',
  ERR_TRY_LOCK: 'whatever a store refuses is 500',
  ERR_UNLOCK: 'whatever a store refuses is 500',
  ERR_CRYPTO: 'what cannot be encrypted or decrypted is 500',
  ERR_CRYPTO_KEY: 'a key that is not there is 500',
  ERR_INVOKE_OUTPUT_BINDING: 'a binding that is not there, or that refuses, is 500',
  ERR_HEALTH_APPID_NOT_MATCH: 'a probe meant for another app is 500',
  ERR_ACTOR_INVOKE_METHOD: 'whatever keeps an actor from answering is 500, or Internal',
  ERR_ACTOR_INSTANCE_MISSING: 'an actor that is not active is 400 over HTTP, Internal over gRPC',
  DAPR_STATE_QUERYING_NOT_SUPPORTED: 'a store without queries is Internal',
  DAPR_PUBSUB_PUBLISH_MESSAGE: 'a bulk of which every entry is refused is Internal',
  DAPR_SCHEDULER_GET_JOB: 'a job that is not there is 500, not 404',
  DAPR_SCHEDULER_DELETE_JOB: 'whatever goes wrong with deleting jobs is 500',
  DAPR_SCHEDULER_LIST_JOBS: 'whatever goes wrong with listing jobs is 500',
  ERR_ACTOR_TIMER_CREATE: 'a timer on an actor of a type that the app does not host is 500',
};

/** Nobody outside needs to see a stack. */
const internalDetails = /node:internal|\.ts:\d+|node_modules/;

/** The one answer that the wire gives without a code. */
const codeless = /\{"message":"failed to unsubscribe to configuration request /;

/** Undefined when an answer may stand. */
export function faultOf(status: number, text: string): string | undefined {
  if (status < 400) return undefined;
  if (internalDetails.test(text)) return `${status} tells of the insides`;
  if (status < 500 || codeless.test(text)) return undefined;
  const errorCode = errorCodeOf(text);
  return Object.hasOwn(prescribed, errorCode) ? undefined : `${status} ${errorCode}`;
}

const unknown = '2';
const internal = '13';

/** The reference proxies what is none of its own RPCs, and answers so when it is not told where to. */
const noAppToProxyTo = /^cannot proxy request: missing dapr-callee-app-id/;

/** Internal, where gRPC itself has it for what a caller got wrong, as its Go library answers. Texts as they begin. */
const prescribedInternal: readonly RegExp[] = [
  /^the message is not a valid /,
  /^Invalid grpc-timeout/,
  /^Failed to decompress message/,
];

/** Undefined when a status may stand. `Unknown` is for errors that nobody declared. */
export function rpcFaultOf({ status, message, reason }: RpcOutcome): string | undefined {
  if (status === 'silent') return 'silent';
  if (internalDetails.test(message)) return `${status} tells of the insides: ${message}`;
  if (status === unknown) return noAppToProxyTo.test(message) ? undefined : `UNKNOWN ${message}`;
  if (status !== internal || Object.hasOwn(prescribed, reason)) return undefined;
  return prescribedInternal.some((pattern) => pattern.test(message))
    ? undefined
    : `INTERNAL ${reason} ${message.slice(0, 300)}`;
}
