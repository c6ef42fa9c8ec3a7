import { DropEvent } from '@outrigger/sdk';
import type { CloudEvent, OutgoingEvent, Subscription } from '@outrigger/sdk';
import type { Events, EventType } from '@tidewater/contracts/events.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { deadLetterTopicOf, pubsub, topics } from '@tidewater/contracts/topics.ts';
import type { Topic } from '@tidewater/contracts/topics.ts';
import { isPermanent } from './failures.ts';
import { parse } from './schema.ts';

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

/** An event of the store, on its topic. `id` identifies it to consumers; random when absent. */
export function storeEvent<T extends EventType>(type: T, data: Events[T], id?: string): OutgoingEvent {
  return { pubsub, topic: topicOf[type], type, data, id };
}

export type StoreHandlers = {
  readonly [T in EventType]?: (event: CloudEvent<Events[T]>) => Promise<void> | void;
};

/** The version of the events' data that this code understands; data without a version has it. */
const schemaVersion = 1;

/**
 * Subscribes `app` to a topic of the store: one handler for each event type of interest. The data is checked by its schema
 * first. A handler that throws sees the event again, unless the error is permanent (`isPermanent`): then the event goes
 * to the app's dead letter topic at once.
 */
export function storeSubscription(app: string, topic: Topic, handlers: StoreHandlers): Subscription {
  const checked = Object.entries(handlers).map(([type, handler]) => [
    type,
    (event: CloudEvent) => {
      expectVersion(event.data);
      const data = parse(eventSchemas[type as EventType], event.data, `The data of ${type}`);
      // Each handler is called only with events of its own type.
      return (handler as (checked: CloudEvent) => Promise<void> | void)({ ...event, data });
    },
  ]);
  return {
    pubsub,
    topic,
    handlers: Object.fromEntries(checked) as Subscription['handlers'],
    deadLetterTopic: deadLetterTopicOf(app),
    isPermanent,
  };
}

function expectVersion(data: unknown): void {
  const { schemaVersion: version = schemaVersion } = (data ?? {}) as { readonly schemaVersion?: unknown };
  if (version !== schemaVersion)
    throw new DropEvent(`schemaVersion ${JSON.stringify(version)} is unknown; this service reads ${schemaVersion}`);
}
