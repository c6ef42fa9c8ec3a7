import type { CloudEvent, OutgoingEvent, Subscription } from '@outrigger/sdk';
import type { Events, EventType } from '@tidewater/contracts/events.ts';
import { pubsub, topics } from '@tidewater/contracts/topics.ts';
import type { Topic } from '@tidewater/contracts/topics.ts';

const topicOf: { readonly [T in EventType]: Topic } = {
  'cart.checked-out': topics.carts,
  'order.changed': topics.orders,
  'stock.reserved': topics.stock,
  'stock.refused': topics.stock,
  'stock.changed': topics.stock,
  'product.price-changed': topics.products,
  'payment.captured': topics.payments,
  'payment.declined': topics.payments,
  'payment.refunded': topics.payments,
  'payment.voided': topics.payments,
};

/** An event of the store, on its topic. `id` identifies it to consumers; a random one is chosen when absent. */
export function storeEvent<T extends EventType>(type: T, data: Events[T], id?: string): OutgoingEvent {
  return { pubsub, topic: topicOf[type], type, data, id };
}

/** Hears a topic of the store: one handler for each event type of interest. A handler that throws sees the event again. */
export function storeSubscription(
  topic: Topic,
  handlers: { readonly [T in EventType]?: (event: CloudEvent<Events[T]>) => Promise<void> | void },
): Subscription {
  // Each handler is called only with events of its own type.
  return { pubsub, topic, handlers: handlers as Subscription['handlers'] };
}
