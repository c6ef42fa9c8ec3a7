import type { ReceivedEvent } from '#core/received-event.ts';
import type { IncomingMessage, OutgoingMessage } from './broker.ts';

/** The reason for a dead letter, as CloudEvents extension attributes and as message metadata. */
export interface DeadLetterDetails {
  readonly reason: string;
  /** How often it was delivered, by the broker and by a policy. */
  readonly attempts: number;
  /** The topic it came from. */
  readonly topic: string;
  readonly consumer: string;
}

/**
 * The message for the dead letter topic: the same event with the details put in front, which other consumers ignore as
 * unknown attributes. Bytes that are not an event stay unchanged, with the details in the metadata only.
 */
export function deadLetterMessage(
  message: IncomingMessage,
  event:
    | { readonly data: Uint8Array; readonly id: string; readonly attributes: ReceivedEvent['attributes'] }
    | undefined,
  details: DeadLetterDetails,
): Omit<OutgoingMessage, 'topic' | 'id'> & { readonly id?: string } {
  const attributes: Record<string, string> = {
    deadletterreason: singleLine(details.reason),
    deadlettertopic: details.topic,
    deadletterattempts: String(details.attempts),
    deadletterconsumer: details.consumer,
  };
  const metadata = { ...message.metadata };
  for (const name in attributes) metadata[name] = singleLine(attributes[name] ?? '');
  const contentType = message.contentType ?? '';
  if (event === undefined) return { data: message.data, contentType, metadata };
  // the event contains them now; left in the metadata, they would turn its text into the data of another event
  for (const name in metadata) if (/^ce_/i.test(name)) delete metadata[name];
  // A broker that drops repeated ids may store both topics in one stream: the dead letter needs its own id there.
  return { id: `${event.id}/dead-letter/${details.consumer}`, data: marked(event, attributes), contentType, metadata };
}

function marked(
  { data, attributes }: { readonly data: Uint8Array; readonly attributes: ReceivedEvent['attributes'] },
  details: Readonly<Record<string, string>>,
): Buffer {
  // for a dead letter that was itself undeliverable, the latest details apply
  if (Object.keys(details).some((name) => name in attributes))
    return Buffer.from(JSON.stringify({ ...attributes, ...details }));
  const text = Buffer.from(data).toString('utf8');
  const rest = text.slice(text.indexOf('{') + 1);
  const separator = /^\s*\}/.test(rest) ? '' : ',';
  return Buffer.from(`{${JSON.stringify(details).slice(1, -1)}${separator}${rest}`);
}

/** Header values must not contain line breaks, and a reason is for people. */
function singleLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 500).toWellFormed();
}
