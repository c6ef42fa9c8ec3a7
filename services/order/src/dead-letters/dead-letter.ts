import type { CloudEvent } from '@outrigger/sdk';
import type { EventType, MessageType } from '@tidewater/contracts/events.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { deadLetterTopicOf, topicOf, topics } from '@tidewater/contracts/topics.ts';
import { renamedEventTypes } from '@tidewater/contracts/upcasters.ts';
import { orderIdOf } from '@tidewater/kit/failures.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { membersOf } from '../schema/valid-parts.ts';

/** An event that an app could not process. */
export interface DeadLetter {
  readonly app: string;
  /** The topic it was delivered on, and is published to again. */
  readonly topic: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly orderId?: string;
  readonly reason: string;
  /** Of all deliveries; absent on sidecars other than Outrigger. */
  readonly attempts?: number;
  readonly traceparent?: string;
  /** The complete CloudEvent as JSON. */
  readonly event: string;
}

/** The attributes that Outrigger adds to the envelope; other sidecars add none. */
interface DeadLetterAttributes {
  readonly deadletterreason?: unknown;
  readonly deadlettertopic?: unknown;
  readonly deadletterattempts?: unknown;
}

const traceparentPattern = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Reads what arrived on the dead letter topic of `app`. Never throws: any event can be a dead letter. */
export function deadLetterOf(app: string, event: CloudEvent): DeadLetter {
  const { deadletterreason, deadlettertopic, deadletterattempts } = event as CloudEvent & DeadLetterAttributes;
  const { traceparent } = event;
  const orderId = orderIdOf(event.data);
  const attempts = Number(deadletterattempts);
  return {
    app,
    topic: storable(originOf(app, event, deadlettertopic), 200),
    eventId: storable(event.id, 300),
    eventType: storable(event.type, 200),
    ...(isValid(id, orderId) && { orderId }),
    reason: storable(textOrDefault(deadletterreason, 'The sidecar gave no reason.'), 1_000),
    ...(Number.isInteger(attempts) && attempts > 0 && attempts < 1e6 && { attempts }),
    ...(typeof traceparent === 'string' && traceparentPattern.test(traceparent) && { traceparent }),
    // JSON.stringify escapes NUL and half surrogate pairs, so that any text column takes it.
    event: JSON.stringify(event),
  };
}

function originOf(app: string, event: CloudEvent, attribute: unknown): string {
  if (typeof attribute === 'string' && attribute !== '') return attribute;
  const { topic } = event as { readonly topic?: unknown };
  if (typeof topic === 'string' && topic !== '' && topic !== deadLetterTopicOf(app)) return topic;
  const type = renamedEventTypes[event.type] ?? event.type;
  return isStoreMessage(type) ? topicOf[type] : 'unknown';
}

const textOrDefault = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value.trim() !== '' ? value : fallback;

/** Text that Postgres takes and a terminal prints: what it would reject is written as an escape. */
export function storable(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .replace(/[\p{Cc}\p{Cs}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Responses to an order: its watchdog repeats the command, so the order need not end. */
const responseTopics: readonly string[] = [topics.stock, topics.payments];

export type Consequence =
  | { readonly kind: 'none' }
  /** Its order cannot go on. */
  | { readonly kind: 'end order'; readonly orderId: string }
  /** The request of an order that can never be processed. */
  | { readonly kind: 'reject request'; readonly orderId: string; readonly shopperId: string; readonly order: unknown };

/** What a dead letter means for the order that it names. */
export function consequenceOf(deadLetter: DeadLetter, event: CloudEvent): Consequence {
  const { app, topic, orderId, eventType } = deadLetter;
  if (orderId === undefined || responseTopics.includes(topic)) return { kind: 'none' };
  switch (app) {
    case 'catalog':
    case 'payment':
      return { kind: 'end order', orderId };
    case 'order': {
      // Its own records update the projection, which does not affect the order.
      if (eventType !== 'cart.checked-out') return { kind: 'none' };
      // Valid, but not processed in time: the cart publishes it again.
      if (isProcessable(eventType, event.data)) return { kind: 'none' };
      const order = membersOf(event.data)['order'];
      const shopperId = membersOf(order)['shopperId'];
      if (!isValid(id, shopperId)) return { kind: 'none' };
      return { kind: 'reject request', orderId, shopperId: String(shopperId), order };
    }
    default:
      return { kind: 'none' };
  }
}

/** The same checks as in `storeSubscription`. */
const isProcessable = (type: EventType, data: unknown): boolean =>
  isValid(eventSchemas[type], data) && (membersOf(data)['schemaVersion'] ?? 1) === 1;

const isStoreMessage = (type: string): type is MessageType => Object.hasOwn(topicOf, type);
