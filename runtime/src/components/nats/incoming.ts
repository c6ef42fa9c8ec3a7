import type { Msg } from '@nats-io/nats-core';
import type { IncomingMessage } from '#blocks/pubsub/broker.ts';
import { topicOf } from './names.ts';

/** Converts a stored message for the block. `topic` is undefined for a wildcard subscription: then the subject is the topic. */
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

/** Status replies to a pull request have the inbox as their subject, messages have their own. */
export function isStatus(message: Msg, inbox: string): boolean {
  return message.subject === inbox;
}

export type PullStatus =
  | { readonly kind: 'heartbeat' }
  /** The pull request has ended; `left` of its messages were not delivered. Undefined: the server does not report it. */
  | { readonly kind: 'ended'; readonly left: number | undefined }
  /** The stream or the consumer does not exist, or is no longer on that server. */
  | { readonly kind: 'unavailable'; readonly text: string };

export function statusOf(message: Msg): PullStatus {
  const { headers } = message;
  const code = headers?.code ?? 0;
  if (code === 100) return { kind: 'heartbeat' };
  const text = headers?.description || `status ${code}`;
  const isUnavailable = code === 503 || (code === 409 && /deleted|push based|shutdown|leadership/i.test(text));
  if (isUnavailable) return { kind: 'unavailable', text };
  const left = headers?.get('Nats-Pending-Messages');
  return { kind: 'ended', left: left ? Number(left) : undefined };
}
