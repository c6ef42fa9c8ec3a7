import type { DeliveryResult } from '#blocks/pubsub/event-sink.ts';

const maxReasonLength = 500;

/**
 * The one mapping from the app's status to a delivery result. An absent status means success: apps that only return 200
 * must work. With DROP and RETRY an app may give a reason.
 */
export function deliveryResultOf(status: string, text?: unknown): DeliveryResult {
  const reason = typeof text === 'string' ? text.replace(/\s+/g, ' ').trim().slice(0, maxReasonLength) : '';
  switch (status) {
    case '':
    case 'SUCCESS':
      return { outcome: 'success' };
    case 'RETRY':
      return { outcome: 'retry', reason: reason || 'the app requested a retry' };
    case 'DROP':
      return { outcome: 'drop', reason: reason || 'the app dropped the event' };
    default:
      return { outcome: 'retry', reason: `the app returned the unknown status ${JSON.stringify(status.slice(0, 60))}` };
  }
}
