import type { EventAnswer } from '#blocks/pubsub/event-sink.ts';

/** Any answer that says nothing means success: apps that only return 200 must work. */
export function verdictOf(status: string): EventAnswer {
  switch (status) {
    case '':
    case 'SUCCESS':
      return { verdict: 'success' };
    case 'RETRY':
      return { verdict: 'retry', reason: 'the app asked to retry' };
    case 'DROP':
      return { verdict: 'drop', reason: 'the app dropped the event' };
    default:
      return { verdict: 'retry', reason: `the app answered the unknown status ${JSON.stringify(status.slice(0, 60))}` };
  }
}
