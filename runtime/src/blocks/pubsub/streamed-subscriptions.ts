import { pubsubNotFound, subscriptionForbidden } from './errors.ts';
import type { EventSink } from './event-sink.ts';
import { topicSubscriptions } from './subscriptions.ts';
import type { Subscriptions, SubscriptionsOptions, TopicSubscription } from './subscriptions.ts';
import { targetsOf } from './targets.ts';

/**
 * Subscriptions that an app opens as streams and that last as long as it reads. They compete with other subscriptions
 * to the same topic.
 */
export interface StreamedSubscriptions {
  /** Rejects when the component is unknown or its scopes forbid it. After `close` nothing is delivered any more. */
  open(list: TopicSubscription, app: EventSink): Promise<{ close(): Promise<void> }>;
  /** Components have changed: open subscriptions of a replaced component continue with the new one. */
  resubscribe(drainMs: number): Promise<void>;
  /**
   * Accepts no new events and waits at most `drainMs` for those that the apps have not acknowledged yet. The streams
   * stay open.
   */
  drain(drainMs: number): Promise<void>;
  /** The open subscriptions, for the metadata API. */
  list(): readonly TopicSubscription[];
}

export function streamedSubscriptions(options: Omit<SubscriptionsOptions, 'app' | 'declared'>): StreamedSubscriptions {
  const targetNamed = targetsOf(options);
  const open = new Map<Subscriptions, TopicSubscription>();
  return {
    list: () => [...open.values()],
    async drain(drainMs) {
      await Promise.all([...open.keys()].map((subscriptions) => subscriptions.stop(drainMs)));
    },
    async resubscribe(drainMs) {
      await Promise.all([...open.keys()].map((subscriptions) => subscriptions.resubscribe(drainMs)));
    },
    async open(requested, app) {
      const target = targetNamed(requested.pubsubname);
      if (!target) throw pubsubNotFound(requested.pubsubname);
      if (!target.scopes.maySubscribe(requested.topic))
        throw subscriptionForbidden(requested.pubsubname, requested.topic);
      const subscriptions = topicSubscriptions({ ...options, declared: [], app });
      await subscriptions.start([requested]);
      open.set(subscriptions, requested);
      return {
        close() {
          open.delete(subscriptions);
          return subscriptions.stop(0);
        },
      };
    },
  };
}
