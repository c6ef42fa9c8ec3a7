import { createInbox, headers } from '@nats-io/nats-core';
import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import type { OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import type { NatsLink } from './connection.ts';
import { publishSubjectOf } from './names.ts';
import type { Streams } from './streams.ts';

export interface Publisher {
  /** Resolves when the stream has stored the message. Rejects after ten seconds without an acknowledgement. */
  publish(message: OutgoingMessage): Promise<void>;
  close(): void;
}

interface Pending {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs;
  readonly startedAt: number;
  sentAt: number;
  resolve(): void;
  reject(error: Error): void;
}

const timeoutMs = 10_000;
/** After this time the acknowledgement counts as lost: sending again is safe, since the message id is the same. */
const resendAfterMs = 2500;
const sweepMs = 250;

/**
 * Many messages in flight on one connection, matched to their acknowledgements by a token in the reply subject. Messages
 * without an acknowledgement are sent again, and the stream drops duplicates by their `Nats-Msg-Id`.
 */
export function jetstreamPublisher(link: NatsLink, streams: Streams, clock: Clock): Publisher {
  const { nats } = link;
  const inbox = createInbox();
  const pending = new Map<string, Pending>();
  const subjects = streamSubjects(streams);
  let serial = 0;
  let sweep: Cancel | undefined;

  const send = (token: string, entry: Pending): void => {
    entry.sentAt = clock.monotonic();
    const options = { reply: `${inbox}.${token}`, headers: entry.headers };
    link.send(entry.subject, entry.data, options, (error) => finish(token, error));
  };

  const finish = (token: string, error?: Error): void => {
    const entry = pending.get(token);
    if (entry === undefined) return;
    pending.delete(token);
    if (error) entry.reject(error);
    else entry.resolve();
  };

  /** No stream listens on the subject: it was deleted, or JetStream is still starting. */
  const recreateStream = (token: string, entry: Pending): void => {
    subjects.forget(entry.subject);
    subjects.ensure(entry.subject).then(
      () => {
        if (pending.has(token)) send(token, entry);
      },
      // The sweep sends it again until its timeout, so nothing is lost while a server is starting.
      () => {},
    );
  };

  const handleReply = (message: Msg): void => {
    const token = message.subject.slice(inbox.length + 1);
    const entry = pending.get(token);
    if (entry === undefined) return;
    if (message.headers?.code === 503) return recreateStream(token, entry);
    const rejection = rejectionOf(message);
    if (rejection === undefined) finish(token);
    else if (rejection.isTransient) entry.sentAt = clock.monotonic();
    else finish(token, new Error(rejection.text));
  };

  const resendOverdue = (): void => {
    sweep = undefined;
    const now = clock.monotonic();
    for (const [token, entry] of pending) {
      if (now - entry.startedAt >= timeoutMs) {
        // The stream may have been deleted while somebody else listens on the subject: look it up next time.
        subjects.forget(entry.subject);
        finish(token, unacknowledged(link));
      } else if (link.isUp() && now - entry.sentAt >= resendAfterMs) send(token, entry);
    }
    if (pending.size > 0) sweep = clock.after(sweepMs, resendOverdue);
  };

  const subscription = nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => void (error ?? handleReply(message)),
  });
  const stopListening = link.onReconnect(() => {
    for (const [token, entry] of pending) send(token, entry);
  });

  return {
    async publish(message) {
      const subject = publishSubjectOf(message.topic);
      checkSize(message, nats.info?.max_payload);
      if (nats.isClosed()) throw new Error('the connection to NATS is closed');
      if (link.isUp()) await subjects.ensure(subject);
      await new Promise<void>((resolve, reject) => {
        const now = clock.monotonic();
        const token = (serial++).toString(36);
        const content = { data: message.data, headers: headersOf(message) };
        const entry = { subject, ...content, startedAt: now, sentAt: now, resolve, reject };
        pending.set(token, entry);
        // Messages written while disconnected would be lost silently: they are sent after the reconnect.
        if (link.isUp()) send(token, entry);
        sweep ??= clock.after(sweepMs, resendOverdue);
      });
    },
    close() {
      stopListening();
      sweep?.();
      subscription.unsubscribe();
      for (const token of pending.keys()) finish(token, new Error('the broker is closed'));
    },
  };
}

function unacknowledged(link: NatsLink): Error {
  const state = link.isUp() ? 'connected' : 'not connected, trying to reconnect';
  return new Error(`no acknowledgement from NATS within ${timeoutMs / 1000} s (${state})`);
}

/** The subjects that are known to have a stream. */
function streamSubjects(streams: Streams) {
  const verified = new Set<string>();
  return {
    async ensure(subject: string): Promise<void> {
      if (verified.has(subject)) return;
      await streams.streamFor(subject);
      verified.add(subject);
    },
    forget(subject: string): void {
      verified.delete(subject);
      streams.forget(subject);
    },
  };
}

function checkSize({ data }: OutgoingMessage, limit = Number.POSITIVE_INFINITY): void {
  if (data.length > limit)
    throw new Error(`the message has ${data.length} bytes, the limit of the NATS server is ${limit}`);
}

function headersOf(message: OutgoingMessage): MsgHdrs {
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

interface Rejection {
  readonly text: string;
  /** The request can be repeated: the server has no leader yet or is short of resources. */
  readonly isTransient: boolean;
}

/** Undefined when the stream has stored the message, now or before. */
function rejectionOf(message: Msg): Rejection | undefined {
  const reply = message.json<{ error?: { code?: number; description?: string } }>();
  if (reply.error === undefined) return undefined;
  const { code = 500, description = 'rejected by JetStream' } = reply.error;
  return { text: description, isTransient: code === 503 };
}
