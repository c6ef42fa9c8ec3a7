import { createInbox } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, Subscription } from '@nats-io/nats-core';
import type { OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import type { NatsLink } from './connection.ts';
import { publishSubjectOf } from './names.ts';
import { checkSize, headersOf, replyOf } from './outgoing.ts';
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

export function jetstreamPublisher(link: NatsLink, streams: Streams, clock: Clock): Publisher {
  return new JetstreamPublisher(link, streams, clock);
}

/**
 * Many messages in flight on one connection, matched to their acknowledgements by a token in the reply subject. Messages
 * without an acknowledgement are sent again, and the stream drops duplicates by their `Nats-Msg-Id`.
 */
class JetstreamPublisher implements Publisher {
  readonly #link: NatsLink;
  readonly #clock: Clock;
  readonly #subjects: StreamSubjects;
  readonly #inbox = createInbox();
  readonly #pending = new Map<string, Pending>();
  readonly #acknowledgements: Subscription;
  readonly #stopListening: () => void;
  #serial = 0;
  #sweep: Cancel | undefined;

  constructor(link: NatsLink, streams: Streams, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#subjects = new StreamSubjects(streams);
    this.#acknowledgements = link.nats.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => void (error ?? this.#handleReply(message)),
    });
    this.#stopListening = link.onReconnect(() => {
      for (const [token, entry] of this.#pending) this.#send(token, entry);
    });
  }

  async publish(message: OutgoingMessage): Promise<void> {
    const { nats } = this.#link;
    const subject = publishSubjectOf(message.topic);
    checkSize(message, nats.info?.max_payload);
    if (nats.isClosed()) throw new Error('the connection to NATS is closed');
    if (this.#link.isUp()) await this.#subjects.ensure(subject);
    await new Promise<void>((resolve, reject) => {
      const now = this.#clock.monotonic();
      const token = (this.#serial++).toString(36);
      const content = { data: message.data, headers: headersOf(message) };
      const entry = { subject, ...content, startedAt: now, sentAt: now, resolve, reject };
      this.#pending.set(token, entry);
      // Messages written while disconnected would be lost silently: they are sent after the reconnect.
      if (this.#link.isUp()) this.#send(token, entry);
      this.#sweep ??= this.#clock.after(sweepMs, () => this.#resendOverdue());
    });
  }

  close(): void {
    this.#stopListening();
    this.#sweep?.();
    this.#acknowledgements.unsubscribe();
    for (const token of this.#pending.keys()) this.#finish(token, new Error('the broker is closed'));
  }

  #send(token: string, entry: Pending): void {
    entry.sentAt = this.#clock.monotonic();
    const options = { reply: `${this.#inbox}.${token}`, headers: entry.headers };
    this.#link.send(entry.subject, entry.data, options, (error) => this.#finish(token, error));
  }

  #finish(token: string, error?: Error): void {
    const entry = this.#pending.get(token);
    if (entry === undefined) return;
    this.#pending.delete(token);
    if (error) entry.reject(error);
    else entry.resolve();
  }

  #handleReply(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const entry = this.#pending.get(token);
    if (entry === undefined) return;
    const reply = replyOf(message);
    switch (reply.kind) {
      case 'stored':
        return this.#finish(token);
      case 'no-stream':
        return this.#recreateStream(token, entry);
      case 'busy':
        entry.sentAt = this.#clock.monotonic();
        return;
      case 'rejected':
        return this.#finish(token, new Error(reply.reason));
    }
  }

  /** The stream was deleted, or JetStream is still starting. */
  #recreateStream(token: string, entry: Pending): void {
    this.#subjects.forget(entry.subject);
    this.#subjects.ensure(entry.subject).then(
      () => {
        if (this.#pending.has(token)) this.#send(token, entry);
      },
      // The sweep sends it again until its timeout, so nothing is lost while a server is starting.
      () => {},
    );
  }

  #resendOverdue(): void {
    this.#sweep = undefined;
    const now = this.#clock.monotonic();
    for (const [token, entry] of this.#pending) {
      if (now - entry.startedAt >= timeoutMs) {
        // The stream may have been deleted while somebody else listens on the subject: look it up next time.
        this.#subjects.forget(entry.subject);
        this.#finish(token, unacknowledged(this.#link));
      } else if (this.#link.isUp() && now - entry.sentAt >= resendAfterMs) this.#send(token, entry);
    }
    if (this.#pending.size > 0) this.#sweep = this.#clock.after(sweepMs, () => this.#resendOverdue());
  }
}

function unacknowledged(link: NatsLink): Error {
  const state = link.isUp() ? 'connected' : 'not connected, trying to reconnect';
  return new Error(`no acknowledgement from NATS within ${timeoutMs / 1000} s (${state})`);
}

/** The subjects that are known to have a stream. */
class StreamSubjects {
  readonly #streams: Streams;
  readonly #verified = new Set<string>();

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  async ensure(subject: string): Promise<void> {
    if (this.#verified.has(subject)) return;
    await this.#streams.streamFor(subject);
    this.#verified.add(subject);
  }

  forget(subject: string): void {
    this.#verified.delete(subject);
    this.#streams.forget(subject);
  }
}
