import type { DaprAppFailure } from '@outrigger/sdk/fastify';
import { DaprError, DropEventError, ProblemError } from '@outrigger/sdk';
import type { Log, LogFields } from './log.ts';
import type { Metrics } from './metrics.ts';

/** A later attempt may succeed after these. */
const transientStatuses = new Set([408, 409, 425, 429]);

/**
 * Whether the same event can never succeed: its data is invalid, or the database rejects the values in it. Such an event
 * becomes a dead letter at once; everything else is redelivered.
 */
export function isPermanent(error: unknown): boolean {
  if (error instanceof DropEventError) return true;
  if (error instanceof ProblemError)
    return error.status >= 400 && error.status < 500 && !transientStatuses.has(error.status);
  if (error instanceof DaprError) return false;
  // Postgres: 22 is a value that no column takes, 23 a constraint that it breaks.
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
}

/** One line for each event or turn that failed, with what an operator searches for. */
export function logFailure(log: Log, metrics: Metrics, failure: DaprAppFailure): void {
  const { error } = failure;
  if (failure.kind === 'turn') {
    const { actorType, actorId, method } = failure;
    metrics.count('store_turn_failures_total', 'Turns of actors that failed.', { actor: actorType });
    return log.warn({ event: 'turn-failed', actorType, actorId, method, error }, 'a turn failed');
  }
  const { topic, isPermanent: isDropped, event } = failure;
  const fields: LogFields = {
    topic,
    eventId: loggableId(event?.id),
    eventType: loggableId(event?.type),
    orderId: loggableId(orderIdOf(event?.data)),
    attempt: event?.attempt,
    error,
  };
  const outcome = isDropped ? 'dead-letter' : 'retry';
  metrics.count('store_event_failures_total', 'Events that a handler failed on.', { topic, outcome });
  if (isDropped)
    log.error({ event: 'dead-letter', ...fields }, 'an event can never be processed, it becomes a dead letter');
  else
    log[levelOfRetry(event?.attempt)](
      { event: 'event-failed', ...fields },
      'an event failed and will be delivered again',
    );
}

/** A restart explains a few attempts. More need attention, and so does a sidecar that does not count them. */
const levelOfRetry = (attempt = routineAttempts + 1): 'info' | 'warn' => (attempt > routineAttempts ? 'warn' : 'info');

const routineAttempts = 3;

/** An id that is none may be anything, also somebody's name or address: it stays in the dead letter only. */
export const loggableId = (value: unknown): string | undefined =>
  value === undefined || isIdentifier(value) ? value : '(not an identifier)';

/** Whether a value can be stored as an id and printed: no control characters, no address of a person. */
export const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.:|~/-]{1,200}$/.test(value);

/** The order id in an event's data; undefined when there is none. */
export function orderIdOf(data: unknown): string | undefined {
  const { orderId, order } = membersOf(data);
  const candidates = [orderId, membersOf(order)['orderId']];
  return candidates.find((each) => typeof each === 'string');
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
