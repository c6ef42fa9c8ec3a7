import type { IncomingMessage, OutgoingMessage } from './broker.ts';

/** Why an event ended up where it is, as CloudEvents extension attributes and as message metadata. */
export interface DeadLetterFacts {
  readonly reason: string;
  /** Deliveries so far; undefined when the broker does not count. */
  readonly attempts?: number;
  /** The topic it came from. */
  readonly topic: string;
  readonly consumer: string;
}

/**
 * The message for the dead letter topic: the same event with the facts put in front, which other readers pass over as
 * the unknown attributes they are. Bytes that are no event stay as they are, with the facts in the metadata only.
 */
export function deadLetter(
  message: IncomingMessage,
  event: { readonly data: Uint8Array; readonly id: string } | undefined,
  facts: DeadLetterFacts,
): Omit<OutgoingMessage, 'topic' | 'id'> & { readonly id?: string } {
  const attributes: Record<string, string> = { deadletterreason: facts.reason, deadlettertopic: facts.topic };
  if (facts.attempts !== undefined) attributes.deadletterattempts = String(facts.attempts);
  const metadata = { ...message.metadata, ...Object.fromEntries(headerPairs(attributes)) };
  const contentType = message.contentType ?? '';
  if (event === undefined) return { data: message.data, contentType, metadata };
  const text = Buffer.from(event.data).toString('utf8');
  const start = text.indexOf('{') + 1;
  const data = Buffer.from(`{${JSON.stringify(attributes).slice(1, -1)},${text.slice(start)}`);
  // A broker that drops repeated ids may keep both topics in one place: the dead letter is a message of its own there.
  return { id: `${event.id}/dead-letter/${facts.consumer}`, data, contentType, metadata };
}

/** Header lines hold no line breaks. */
function headerPairs(attributes: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(attributes).map(([name, value]) => [name, value.replace(/\s+/g, ' ').slice(0, 500)]);
}
