import type { ReceivedEvent } from '#core/received-event.ts';
import type { IncomingMessage } from './broker.ts';

/** How often one event was delivered to the app: deliveries by the broker and retries of a policy together. */
export interface AttemptCount {
  /** Counts one more, and returns its number: 1 for the first. */
  next(): number;
  readonly total: number;
  /** The event will be delivered again, and the count continues. */
  suspend(): void;
  end(): void;
}

/** Maximum number of events whose counts are retained; for others the broker's own count is used. */
const maxSuspended = 1000;

/**
 * A broker counts only its own deliveries. Retries of a policy in earlier deliveries are remembered here, so that the
 * number grows with each attempt as long as this sidecar receives the event.
 */
export function attemptCounts(): (message: IncomingMessage, event: ReceivedEvent) => AttemptCount {
  const suspended = new Map<string, number>();
  return (message, { attributes }) => {
    const key = typeof attributes.id === 'string' ? `${message.topic}\n${attributes.id}` : undefined;
    const before = key === undefined ? undefined : suspended.get(key);
    let total = Math.max((message.attempt ?? 1) - 1, before ?? 0);
    return {
      next: () => ++total,
      get total() {
        return total;
      },
      suspend() {
        if (key === undefined) return;
        suspended.delete(key);
        suspended.set(key, total);
        if (suspended.size > maxSuspended) for (const oldest of suspended.keys()) return void suspended.delete(oldest);
      },
      end() {
        if (before !== undefined && key !== undefined) suspended.delete(key);
      },
    };
  };
}
