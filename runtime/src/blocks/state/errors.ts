import { defineError } from '#core/errors.ts';

/** Raised by stores; the block turns it into the wire's error of the operation. */
export const etagMismatch = defineError(
  { code: 'ERR_STATE_SAVE', http: 409, grpc: 'Aborted' },
  () => 'possible etag mismatch. error from state store: the stored etag is another one',
);
