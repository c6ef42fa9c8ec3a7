import { defineError } from '#core/errors.ts';

/** The host that wrote no longer owns the actor's partition; nothing was written. */
export const actorOwnershipLost = defineError(
  { code: 'ERR_ACTOR_STATE_TRANSACTION_SAVE', http: 500, grpc: 'Internal' },
  (type: string, id: string) => `actor ${type}/${id} was taken over by another host; nothing of this turn was saved`,
);

export const reminderExists = defineError(
  { code: 'ERR_ACTOR_REMINDER_ALREADY_EXISTS', http: 409, grpc: 'AlreadyExists' },
  (type: string, id: string) =>
    `a reminder of this name already exists on actor ${type}/${id}; set overwrite to replace it`,
);
