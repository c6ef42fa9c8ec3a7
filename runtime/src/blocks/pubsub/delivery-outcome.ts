import type { AttemptStatus } from '#core/policy.ts';

/**
 * What happens to an event after a delivery: it is done, delivered again later, or given up. The same words from the
 * app's response to the broker's acknowledgement.
 */
export type DeliveryOutcome = 'success' | 'retry' | 'drop';

/** Whether the broker acknowledges the message; otherwise it delivers it again later. */
export function isAcknowledged(outcome: DeliveryOutcome): boolean {
  return outcome !== 'retry';
}

/**
 * `retry` and `drop` carry a `reason`; it is shown to people and becomes part of a dead letter. `status` is the app's,
 * when that was the reason.
 */
export type DeliveryResult =
  | { readonly outcome: 'success' }
  | { readonly outcome: 'retry' | 'drop'; readonly reason: string; readonly status?: AttemptStatus };

/**
 * The statuses of Dapr's API: names in JSON, numbers of `TopicEventResponseStatus` in gRPC. An absent one means success:
 * apps that only return 200 must work.
 */
const outcomeByStatus: ReadonlyMap<string | number, DeliveryOutcome> = new Map<string | number, DeliveryOutcome>([
  ['', 'success'],
  ['SUCCESS', 'success'],
  [0, 'success'],
  ['RETRY', 'retry'],
  [1, 'retry'],
  ['DROP', 'drop'],
  [2, 'drop'],
]);
const defaultReasons = { retry: 'the app requested a retry', drop: 'the app dropped the event' } as const;
const maxReasonLength = 500;

/** The result for an app's status. With DROP and RETRY the app may give a reason. */
export function deliveryResultOf(status: string | number, text?: unknown): DeliveryResult {
  const outcome = outcomeByStatus.get(status);
  if (outcome === undefined)
    return {
      outcome: 'retry',
      reason: `the app returned the unknown status ${JSON.stringify(String(status).slice(0, 60))}`,
    };
  if (outcome === 'success') return { outcome };
  const reason = typeof text === 'string' ? text.replace(/\s+/g, ' ').trim().slice(0, maxReasonLength) : '';
  return { outcome, reason: reason || defaultReasons[outcome] };
}
