import { parseCloudEvent } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';

export type EventHandler = (event: CloudEvent) => Promise<void> | void;

/** What an app hears on one topic. */
export interface Subscription {
  readonly pubsub: string;
  readonly topic: string;
  /** By CloudEvent type. Types without a handler are none of this app's business and are taken as done. */
  readonly handlers: Readonly<Record<string, EventHandler>>;
  readonly deadLetterTopic?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Thrown by a handler for an event that no repetition can save: it goes to the dead letters, if there are any. */
export class DropEvent extends Error {}

export type Delivery = { readonly status: 'SUCCESS' | 'RETRY' | 'DROP'; readonly error?: unknown };

/** Hands one delivered message to its handler. Never throws: the outcome is the answer to the broker. */
export async function deliver(subscription: Subscription, body: string): Promise<Delivery> {
  const event = parseCloudEvent(body);
  if (event === undefined) return { status: 'DROP', error: new DropEvent('the message is not a CloudEvent') };
  const handler = Object.hasOwn(subscription.handlers, event.type) ? subscription.handlers[event.type] : undefined;
  if (handler === undefined) return { status: 'SUCCESS' };
  try {
    await handler(event);
    return { status: 'SUCCESS' };
  } catch (error) {
    return { status: error instanceof DropEvent ? 'DROP' : 'RETRY', error };
  }
}
