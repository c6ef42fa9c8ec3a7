import { type RuntimeError, defineError } from '#core/errors.ts';

export const badActorRequest = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (reason: string) => `invalid request: ${reason}`,
);

export const actorRuntimeNotFound = defineError(
  { code: 'ERR_ACTOR_RUNTIME_NOT_FOUND', http: 500, grpc: 'Internal' },
  () => 'no state store is configured for actors: set actorStateStore to "true" in the metadata of one state component',
);

export const actorInstanceMissing = defineError(
  { code: 'ERR_ACTOR_INSTANCE_MISSING', http: 400, grpc: 'Internal' },
  // Exactly the text of the wire protocol.
  () => 'actor instance is missing',
);

/** `cause` of a rejection by the app is `error from actor service: (<status>) <body>`, as on the wire. */
export const actorInvokeFailed = defineError(
  { code: 'ERR_ACTOR_INVOKE_METHOD', http: 500, grpc: 'Internal' },
  (cause: string) => `error invoke actor method: ${cause}`,
);

/** The app returned 404. */
export const actorMethodMissing = defineError(
  { code: 'ERR_ACTOR_INVOKE_METHOD', http: 500, grpc: 'Internal', isPermanent: true },
  // The text of the wire protocol, followed by the app's response.
  (path: string, body: string) =>
    `error invoke actor method: actor method not found: ${path}${body === '' ? '' : `: ${body}`}`,
);

export const actorStateGetFailed = defineError(
  { code: 'ERR_ACTOR_STATE_GET', http: 500, grpc: 'Internal' },
  (cause: string) => `error getting actor state: ${cause}`,
);

export const actorStateSaveFailed = defineError(
  { code: 'ERR_ACTOR_STATE_TRANSACTION_SAVE', http: 500, grpc: 'Internal' },
  (cause: string) => `error saving actor transaction state: ${cause}`,
);

/**
 * The host that wrote no longer owns the actor's partition; nothing was written. Not one of Dapr's codes: Dapr has no
 * fence and therefore no such error.
 */
export const actorOwnershipLost = defineError(
  { code: 'ERR_ACTOR_OWNERSHIP_LOST', http: 409, grpc: 'Aborted' },
  (type: string, id: string) => `actor ${type}/${id} was taken over by another host; nothing of this turn was saved`,
);

/** A commit that names an ended turn; nothing was written. */
export const actorTurnOver = defineError(
  { code: 'ERR_ACTOR_TURN_OVER', http: 409, grpc: 'Aborted' },
  (type: string, id: string) =>
    `the turn of actor ${type}/${id} that this commit belongs to has ended; nothing was saved`,
);

/**
 * The running turn was ended because its actor leaves the host. What it saved before stays; later commits are rejected.
 * The caller's sidecar repeats the call.
 */
export const actorTurnEnded = defineError(
  { code: 'ERR_ACTOR_TURN_ENDED', http: 500, grpc: 'Internal' },
  (when: string) => `the turn was ended ${when}: its actor leaves this host`,
);

export const reminderCreateFailed = defineError(
  { code: 'ERR_ACTOR_REMINDER_CREATE', http: 500, grpc: 'Internal' },
  (cause: string) => `error creating actor reminder: ${cause}`,
);

export const reminderGetFailed = defineError(
  { code: 'ERR_ACTOR_REMINDER_GET', http: 500, grpc: 'Internal' },
  (cause: string) => `error getting actor reminder: ${cause}`,
);

export const reminderDeleteFailed = defineError(
  { code: 'ERR_ACTOR_REMINDER_DELETE', http: 500, grpc: 'Internal' },
  (cause: string) => `error deleting actor reminder: ${cause}`,
);

export const reminderNotFound = defineError(
  { code: 'ERR_ACTOR_REMINDER_NOT_FOUND', http: 404, grpc: 'NotFound' },
  // Exactly the text of the wire protocol, here and in the next one.
  (name: string) => `actor reminder not found: ${name}`,
);

export const reminderExists = defineError(
  { code: 'ERR_ACTOR_REMINDER_ALREADY_EXISTS', http: 409, grpc: 'AlreadyExists' },
  (name: string) => `actor reminder already exists: ${name}`,
);

export const reminderNotHosted = defineError(
  { code: 'ERR_ACTOR_REMINDER_NON_HOSTED', http: 403, grpc: 'PermissionDenied' },
  (type: string) =>
    `operations on actor reminders are only possible on hosted actor types: this app does not host ${type}`,
);

export const timerCreateFailed = defineError(
  { code: 'ERR_ACTOR_TIMER_CREATE', http: 500, grpc: 'Internal' },
  (cause: string) => `error creating actor timer: ${cause}`,
);

export const actorTypeReserved = defineError(
  { code: 'ERR_ACTOR_TYPE_RESERVED', http: 403, grpc: 'PermissionDenied' },
  (type: string) => `actor type ${type} is reserved`,
);

export const actorNoAppChannel = defineError(
  { code: 'ERR_ACTOR_NO_APP_CHANNEL', http: 400, grpc: 'Unavailable' },
  () => 'no app is connected to this sidecar',
);

export const actorStackDepth = defineError(
  { code: 'ERR_ACTOR_STACK_DEPTH', http: 500, grpc: 'ResourceExhausted' },
  // Exactly the text of the wire protocol: clients compare it.
  () => 'maximum stack depth exceeded',
);

export const actorNoPlacement = defineError(
  { code: 'ERR_ACTOR_NO_PLACEMENT', http: 400, grpc: 'Unavailable' },
  (reason: string) => `the actor placement is not known: ${reason}`,
);

/** There is no placement at all. Begins with the text of the wire protocol. */
export const actorPlacementMissing = defineError(
  { code: 'ERR_ACTOR_NO_PLACEMENT', http: 400, grpc: 'Unavailable' },
  () => 'placement service is not configured: no state store sets actorStateStore: true',
);

export const actorRuntimeClosed = defineError(
  { code: 'ERR_ACTOR_RUNTIME_CLOSED', http: 503, grpc: 'Unavailable' },
  () => 'actor runtime is closed: this sidecar is stopping',
);

export const actorNoAddress = defineError(
  { code: 'ERR_ACTOR_NO_ADDRESS', http: 404, grpc: 'FailedPrecondition' },
  (reason: string) => `did not find an address for the actor: ${reason}`,
);

/**
 * Between sidecars only: this host does not own the actor now, so the caller looks up its owner again. Nothing was run.
 */
export const actorNotHere = defineError(
  { code: 'ERR_ACTOR_NOT_HERE', http: 404, grpc: 'FailedPrecondition' },
  (type: string, id: string) => `actor ${type}/${id} is not placed on this host now`,
);

export function hasCode(error: unknown, code: string): boolean {
  return (error as Partial<RuntimeError> | undefined)?.kind?.code === code;
}

/** Whether the error, or one of its causes, has the code. */
export function isCausedBy(error: unknown, code: string): boolean {
  return hasCode(error, code) || (error instanceof Error && error.cause !== undefined && isCausedBy(error.cause, code));
}
