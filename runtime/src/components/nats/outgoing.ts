import { headers } from '@nats-io/nats-core';
import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import type { OutgoingMessage } from '#blocks/pubsub/broker.ts';

export function checkSize({ data }: OutgoingMessage, limit = Number.POSITIVE_INFINITY): void {
  if (data.length > limit)
    throw new Error(`the message has ${data.length} bytes, the limit of the NATS server is ${limit}`);
}

/** The headers of a message; the stream drops a second message with the same `Nats-Msg-Id`. */
export function headersOf(message: OutgoingMessage): MsgHdrs {
  const result = headers();
  result.append('Nats-Msg-Id', message.id);
  if (message.contentType) result.append('content-type', message.contentType);
  for (const name in message.metadata) {
    const value = message.metadata[name];
    // Headers of NATS control the stream: a publisher must not set them.
    if (value === undefined || /^nats-|^content-type$/i.test(name)) continue;
    // metadata that is not valid as a header is left out
    if (headerName.test(name) && !control.test(value)) result.append(name, value);
  }
  return result;
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- exactly the characters that a header value must not contain
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** The stream's reply to a message. */
export type PublishReply =
  /** Stored now, or before. */
  | { readonly kind: 'stored' }
  /** No stream listens on the subject. */
  | { readonly kind: 'no-stream' }
  /** The message can be sent again: the server has no leader yet or is short of resources. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'rejected'; readonly reason: string };

export function replyOf(message: Msg): PublishReply {
  if (message.headers?.code === 503) return { kind: 'no-stream' };
  const reply = message.json<{ error?: { code?: number; description?: string } }>();
  if (reply.error === undefined) return stored;
  const { code = 500, description = 'rejected by JetStream' } = reply.error;
  return code === 503 ? { kind: 'busy' } : { kind: 'rejected', reason: description };
}

const stored: PublishReply = { kind: 'stored' };
