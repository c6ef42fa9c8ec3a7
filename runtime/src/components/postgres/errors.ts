import { RuntimeError, defineError, textOf, withCause } from '#core/errors.ts';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';

/** The connection broke during a statement: a read can be repeated, a write may or may not have been stored. */
export const stateInterrupted = defineError(
  { code: 'ERR_STATE_INTERRUPTED', http: 500, grpc: 'Internal' },
  (address: string, reason: string) =>
    `the connection to Postgres at ${address} broke during a statement: ${reason}; whether a write was stored is not known`,
);

/** The block's error for a failed statement: connection lost, timeout, or rejected by the database. */
export function postgresError(
  cause: unknown,
  at: { readonly address: string; readonly timeoutMs: number },
): RuntimeError {
  return withCause(translated(cause, at), cause);
}

const queryCanceled = '57014';

function translated(cause: unknown, { address, timeoutMs }: { address: string; timeoutMs: number }): RuntimeError {
  if (isLost(cause)) return stateInterrupted(address, textOf(cause));
  const code = codeOf(cause);
  if (code === queryCanceled)
    return stateUnavailable(`Postgres did not respond within ${timeoutMs} ms; nothing was changed`);
  return stateStatementRejected(`${textOf(cause)} (SQLSTATE ${code ?? 'unknown'})`);
}

const interruptedCode = stateInterrupted('', '').kind.code;
const rejectedCode = stateStatementRejected('').kind.code;

export function isInterrupted(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.code === interruptedCode;
}

export function isRejected(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.code === rejectedCode;
}

/** True when the connection is no longer usable. */
export function isLost(cause: unknown): boolean {
  const code = codeOf(cause);
  // 08: connection exceptions; 57P0x: the server is going down or coming up. No SQLSTATE at all: the socket broke.
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('08') || code.startsWith('57P0');
}

const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', '57P01', '57P02', '57P03', '53300']);

/** True when reconnecting may help soon: nothing listens, the server is starting, or it has too many connections. */
export function isTransient(cause: unknown): boolean {
  const code = codeOf(cause);
  if (code === undefined) return cause instanceof Error && /terminated/.test(cause.message);
  return transientCodes.has(code);
}

/** Postgres aborted one of two conflicting writers; the same statement may succeed when it is retried. */
export function isDeadlock(cause: unknown): boolean {
  const code = codeOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
  return code === '40P01' || code === '40001';
}

function codeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
