import { RuntimeError, defineError, textOf, withCause } from '#core/errors.ts';

export const redisUnavailable = defineError(
  { code: 'ERR_REDIS_UNAVAILABLE', http: 500, grpc: 'Internal' },
  (address: string, reason: string) => `Redis at ${address} cannot be reached: ${reason}`,
);

/** The connection broke during a command: a read can be repeated, a write may or may not have been stored. */
export const redisInterrupted = defineError(
  { code: 'ERR_REDIS_INTERRUPTED', http: 500, grpc: 'Internal' },
  (address: string) =>
    `the connection to Redis at ${address} broke during a command; whether a write was stored is not known`,
);

/** The server rejected the command; `reason` is its text. */
export const redisRejected = defineError(
  { code: 'ERR_REDIS_REJECTED', http: 500, grpc: 'Internal' },
  (reason: string) => `Redis rejected the command: ${reason}`,
);

/** How a command failed. */
export type Failure = 'not-sent' | 'interrupted' | 'rejected';

export function failureOf(cause: unknown): Failure {
  // the driver distinguishes these only by their text
  const text = textOf(cause);
  if (/^Stream isn't writeable|enableOfflineQueue|^Connection is closed|^None of startup nodes/.test(text))
    return 'not-sent';
  return isReply(cause) ? 'rejected' : 'interrupted';
}

/** True when the error reply begins with `code`, such as `NOSCRIPT No matching script`. */
export function isErrorReply(cause: unknown, code: string): boolean {
  const original = cause instanceof RuntimeError ? cause.cause : cause;
  return isReply(original) && textOf(original).startsWith(code);
}

export function errorOf(cause: unknown, address: string): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  return withCause(isReply(cause) ? redisRejected(textOf(cause)) : redisInterrupted(address), cause);
}

/** Errors that retrying does not fix. */
export function isLoginError(cause: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM)|invalid (password|username)|without any password|DB index is out of range|self-signed|certificate/i.test(
    textOf(cause),
  );
}

function isReply(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  // the driver rejects keys of several slots before the cluster does
  return cause.name === 'ReplyError' || /belong to the same slot/.test(cause.message);
}
