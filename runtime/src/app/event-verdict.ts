import type { EventAnswer } from '#blocks/pubsub/event-sink.ts';

const longestReason = 500;

/** Any answer that says nothing means success: apps that only return 200 must work. With DROP and RETRY an app may say why. */
export function verdictOf(status: string, said?: unknown): EventAnswer {
  const reason = typeof said === 'string' ? said.replace(/\s+/g, ' ').trim().slice(0, longestReason) : '';
  switch (status) {
    case '':
    case 'SUCCESS':
      return { verdict: 'success' };
    case 'RETRY':
      return { verdict: 'retry', reason: reason || 'the app asked to retry' };
    case 'DROP':
      return { verdict: 'drop', reason: reason || 'the app dropped the event' };
    default:
      return { verdict: 'retry', reason: `the app answered the unknown status ${JSON.stringify(status.slice(0, 60))}` };
  }
}
