import type { Msg } from '@nats-io/nats-core';
import type { IncomingMessage } from '#blocks/pubsub/broker.ts';
import { topicOf } from './names.ts';

/** A stored message as the block takes it. `topic` is undefined for a wildcard: then the subject names it. */
export function incomingOf(message: Msg, topic: string | undefined): IncomingMessage {
  const metadata: Record<string, string> = { Topic: message.subject };
  let contentType: string | undefined;
  const { headers } = message;
  if (headers)
    for (const name of headers.keys()) {
      if (name.startsWith('Nats-')) continue;
      if (name.toLowerCase() === 'content-type') contentType = headers.get(name);
      else metadata[name] = headers.get(name);
    }
  const attempt = attemptOf(message.reply);
  return {
    topic: topic ?? topicOf(message.subject),
    data: message.data,
    metadata,
    ...(contentType === undefined ? {} : { contentType }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

/** `$JS.ACK.<stream>.<consumer>.<attempt>.…`; servers with domains put domain and account in front of the stream. */
function attemptOf(reply: string | undefined): number | undefined {
  const parts = reply?.split('.') ?? [];
  const attempt = Number(parts.length <= 9 ? parts[4] : parts[6]);
  return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : undefined;
}

/** Answers to a pull carry the inbox as their subject, messages their own. */
export function isStatus(message: Msg, inbox: string): boolean {
  return message.subject === inbox;
}

export type PullStatus =
  | { readonly kind: 'heartbeat' }
  /** The pull is over; `left` messages of it were not delivered. Undefined: the server does not say. */
  | { readonly kind: 'ended'; readonly left: number | undefined }
  /** Stream or consumer are not there, or not on that server any more. */
  | { readonly kind: 'gone'; readonly text: string };

export function statusOf(message: Msg): PullStatus {
  const { headers } = message;
  const code = headers?.code ?? 0;
  if (code === 100) return { kind: 'heartbeat' };
  const text = headers?.description || `status ${code}`;
  const isUnavailable = code === 503 || (code === 409 && /deleted|push based|shutdown|leadership/i.test(text));
  if (isUnavailable) return { kind: 'gone', text };
  const left = headers?.get('Nats-Pending-Messages');
  return { kind: 'ended', left: left ? Number(left) : undefined };
}
