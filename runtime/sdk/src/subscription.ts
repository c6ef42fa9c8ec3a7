import { parseCloudEvent } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';

export type EventHandler = (event: CloudEvent) => Promise<void> | void;

/** What an app subscribes to on one topic. */
export interface Subscription {
  readonly pubsub: string;
  readonly topic: string;
  /** By CloudEvent type. Types without a handler are not for this app and are acknowledged. */
  readonly handlers: Readonly<Record<string, EventHandler>>;
  /** For events that no type fits, also those without a type: a dead letter topic holds whatever was put into it. */
  readonly defaultHandler?: EventHandler;
  readonly deadLetterTopic?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether repeating cannot help: the event is dropped, to the dead letter topic if any. Always for `DropEventError`. */
  readonly isPermanent?: (error: unknown) => boolean;
}

/** Thrown by a handler for an event that no repetition can make succeed. */
export class DropEventError extends Error {}

export interface Delivery {
  readonly status: 'SUCCESS' | 'RETRY' | 'DROP';
  /** Why the event is dropped, on one line; Outrigger puts it into the dead letter, other sidecars ignore it. */
  readonly reason?: string;
  readonly failure?: EventFailure;
}

/** An event that was not handled. */
export interface EventFailure {
  readonly error: unknown;
  readonly topic: string;
  /** Absent when the message was no CloudEvent. */
  readonly event?: CloudEvent;
  readonly isPermanent: boolean;
}

/** Gives one delivered message to its handler. Never throws: the outcome is the response to the broker. */
export async function deliver(subscription: Subscription, body: string, attempt?: number): Promise<Delivery> {
  const { topic, handlers, defaultHandler } = subscription;
  const received = parseCloudEvent(body);
  if (received === undefined) return dropped({ error: new DropEventError('the message is not a CloudEvent'), topic });
  const event = attempt === undefined ? received : { ...received, attempt };
  const handler = Object.hasOwn(handlers, event.type) ? handlers[event.type] : defaultHandler;
  if (handler === undefined) return { status: 'SUCCESS' };
  try {
    await handler(event);
    return { status: 'SUCCESS' };
  } catch (error) {
    if (error instanceof DropEventError || subscription.isPermanent?.(error) === true)
      return dropped({ error, topic, event });
    return { status: 'RETRY', failure: { error, topic, event, isPermanent: false } };
  }
}

const reasonLength = 500;

function dropped(failure: Omit<EventFailure, 'isPermanent'>): Delivery {
  const message = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const reason = message.replace(/\s+/g, ' ').slice(0, reasonLength);
  return { status: 'DROP', reason, failure: { ...failure, isPermanent: true } };
}
