import { RuntimeError, defineError, textOf, withCause } from '#core/errors.ts';

export const redisUnavailable = defineError(
  { code: 'ERR_REDIS_UNAVAILABLE', http: 500, grpc: 'Internal' },
  (address: string, reason: string) => `Redis at ${address} cannot be reached: ${reason}`,
);

/** The connection broke under a command: a read may be repeated, of a write nobody knows. */
export const redisInterrupted = defineError(
  { code: 'ERR_REDIS_INTERRUPTED', http: 500, grpc: 'Internal' },
  (address: string) =>
    `the connection to Redis at ${address} broke while a command was under way; whether a write was stored is not known`,
);

/** The server refused the command; `reason` is its own text. */
export const redisRejected = defineError(
  { code: 'ERR_REDIS_REFUSED', http: 500, grpc: 'Internal' },
  (reason: string) => `Redis refused: ${reason}`,
);

/** What became of a command that failed. */
export type Failure = 'not-sent' | 'interrupted' | 'refused';

export function failureOf(cause: unknown): Failure {
  // the driver tells these apart by text only
  const text = textOf(cause);
  if (/^Stream isn't writeable|enableOfflineQueue|^Connection is closed|^None of startup nodes/.test(text))
    return 'not-sent';
  return isReply(cause) ? 'refused' : 'interrupted';
}

/** True for the first word of an answer such as `NOSCRIPT No matching script`. */
export function isErrorReply(cause: unknown, code: string): boolean {
  const original = cause instanceof RuntimeError ? cause.cause : cause;
  return isReply(original) && textOf(original).startsWith(code);
}

export function errorOf(cause: unknown, address: string): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  return withCause(isReply(cause) ? redisRejected(textOf(cause)) : redisInterrupted(address), cause);
}

/** Waiting does not mend these. */
export function isLoginError(cause: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM)|invalid (password|username)|without any password|DB index is out of range|self-signed|certificate/i.test(
    textOf(cause),
  );
}

function isReply(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  // the driver refuses keys of several slots before the cluster can
  return cause.name === 'ReplyError' || /belong to the same slot/.test(cause.message);
}
