import {
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';

const duplicateKey = 11_000;

export function mongoUnavailable(address: string, reason: string): RuntimeError {
  return stateUnavailable(`MongoDB at ${address} cannot be reached: ${reason}`);
}

/** The error of a write that may or may not have been stored. */
export function mongoInDoubt(address: string, reason: string): RuntimeError {
  return stateUnavailable(`MongoDB at ${address}: ${reason}; whether the write was stored is not known`);
}

/** True when a document with the same key exists already. */
export function isDuplicateKey(cause: unknown): boolean {
  return cause instanceof MongoServerError && cause.code === duplicateKey;
}

export function readError(cause: unknown, address: string): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  return withCause(isConnectionLoss(cause) ? mongoUnavailable(address, textOf(cause)) : rejection(cause), cause);
}

/** After a lost connection the message states that the write may have been stored. */
export function writeError(cause: unknown, address: string): RuntimeError {
  if (cause instanceof RuntimeError || !isConnectionLoss(cause) || wasNeverSent(cause))
    return readError(cause, address);
  return withCause(mongoInDoubt(address, textOf(cause)), cause);
}

/** An error at startup, without the password that the driver's text may contain. */
export function connectionError(
  cause: unknown,
  { address, uri }: { readonly address: string; readonly uri: string },
): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  return mongoUnavailable(address, textOf(cause).replaceAll(uri, address));
}

function rejection(cause: unknown): RuntimeError {
  if (cause instanceof MongoWriteConcernError)
    return stateStatementRejected(
      `MongoDB could not confirm the write with the configured writeConcern: ${cause.message}`,
    );
  return stateStatementRejected(`MongoDB rejected the operation: ${textOf(cause)}`);
}

/** An error of the operating system, which the driver passes on when a connection ends just before it is used. */
export function isBrokenSocket(cause: unknown): boolean {
  if (cause instanceof MongoError || !(cause instanceof Error) || !('code' in cause)) return false;
  return /^(EPIPE|ECONN|ETIMEDOUT|ERR_STREAM|ERR_SOCKET)/.test(String(cause.code));
}

function isConnectionLoss(cause: unknown): boolean {
  return cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError || isBrokenSocket(cause);
}

function wasNeverSent(cause: unknown): boolean {
  return cause instanceof MongoServerSelectionError || textOf(cause).includes('ECONNREFUSED');
}
