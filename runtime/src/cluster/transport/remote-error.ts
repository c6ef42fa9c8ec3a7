import { type ErrorDetail, type ErrorKind, RuntimeError, textOf } from '#core/errors.ts';

const internal: ErrorKind = { code: 'ERR_INTERNAL', http: 500, grpc: 'Internal' };

/** Encodes the error of a handler for the caller. Anything but a RuntimeError becomes `ERR_INTERNAL`. */
export function writeError(cause: unknown): Buffer {
  const error = cause instanceof RuntimeError ? cause : new RuntimeError(internal, { message: textOf(cause) });
  const { kind, message, details } = error;
  return Buffer.from(JSON.stringify({ kind, message: message.slice(0, 16_384), details }));
}

/** Decodes the error of the remote handler. Undefined when the bytes were not written by `writeError`. */
export function readError(bytes: Uint8Array): RuntimeError | undefined {
  try {
    const { kind, message, details } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly kind: ErrorKind;
      readonly message: string;
      readonly details?: readonly ErrorDetail[];
    };
    if (typeof kind?.code !== 'string' || typeof kind.http !== 'number' || typeof kind.grpc !== 'string') {
      return undefined;
    }
    return new RuntimeError(kind, details ? { message: String(message), details } : { message: String(message) });
  } catch {
    return undefined;
  }
}
