import { RuntimeError, defineError, textOf, withCause } from '#core/errors.ts';

export const rabbitUnavailable = defineError(
  { code: 'ERR_RABBITMQ_UNAVAILABLE', http: 500, grpc: 'Internal' },
  (address: string, reason: string) => `RabbitMQ at ${address} cannot be reached: ${reason}`,
);

/** Sent, and neither confirmed nor rejected. */
export const rabbitUnconfirmed = defineError(
  { code: 'ERR_RABBITMQ_UNCONFIRMED', http: 500, grpc: 'Internal' },
  (address: string, reason: string) =>
    `RabbitMQ at ${address} did not confirm the message (${reason}); whether it was stored is not known`,
);

/** The broker rejected the request; `reason` is its own text. */
export const rabbitRejected = defineError(
  { code: 'ERR_RABBITMQ_REJECTED', http: 500, grpc: 'Internal' },
  (address: string, reason: string) => `RabbitMQ at ${address} rejected the request: ${reason}`,
);

/** The broker's reply code, such as 404; undefined when it was the connection that failed. */
export function replyCodeOf(cause: unknown): number | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** CONNECTION_FORCED: the broker is shutting down. */
const shuttingDown = 320;

/** The request itself is valid and can be sent again on another channel. */
export function isInterrupted(cause: unknown): boolean {
  if (!(cause instanceof Error) || cause instanceof RuntimeError) return false;
  // the driver could not encode the message
  if (cause instanceof TypeError || cause instanceof RangeError) return false;
  const code = replyCodeOf(cause);
  return code === undefined || code === shuttingDown;
}

export function rejectionOf(cause: unknown, address: string): RuntimeError {
  return cause instanceof RuntimeError ? cause : withCause(rabbitRejected(address, textOf(cause)), cause);
}
