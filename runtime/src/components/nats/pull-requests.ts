import { nanos } from '@nats-io/nats-core';
import type { NatsLink } from './connection.ts';
import type { DurableConsumer } from './consumers.ts';

export interface PullRequestOptions {
  readonly link: NatsLink;
  /** Subject prefix of the JetStream API. */
  readonly apiPrefix: string;
  /** The subject to which messages and statuses are sent. */
  readonly inbox: string;
  /** How many messages may be requested and delivered at once. */
  readonly capacity: number;
}

const expiresMs = 30_000;
/** The server sends a heartbeat at this interval while a request has messages left. */
export const heartbeatMs = 5000;

/**
 * Flow control: requests only as many messages as there is capacity for, so that messages which a slow app cannot handle yet
 * stay in the stream for its replicas.
 */
export class PullRequests {
  readonly #options: PullRequestOptions;
  /** Requested and not delivered. */
  #outstanding = 0;

  constructor(options: PullRequestOptions) {
    this.#options = options;
  }

  get hasOutstanding(): boolean {
    return this.#outstanding > 0;
  }

  /** Requests what is missing to the capacity when `occupied` messages take part of it; not for a few. */
  request(consumer: DurableConsumer, occupied: number): void {
    const { link, apiPrefix, inbox, capacity } = this.#options;
    const batch = capacity - occupied - this.#outstanding;
    if (batch < Math.max(1, capacity / 4)) return;
    this.#outstanding += batch;
    const request = { batch, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) };
    const subject = `${apiPrefix}.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    link.send(subject, new TextEncoder().encode(JSON.stringify(request)), { reply: inbox });
  }

  delivered(): void {
    this.#outstanding = Math.max(0, this.#outstanding - 1);
  }

  /** A request has ended with this many messages not delivered. Undefined: the server does not report it. */
  ended(left: number | undefined): void {
    this.#outstanding = left === undefined ? 0 : Math.max(0, this.#outstanding - left);
  }

  /** The server has lost all requests. */
  reset(): void {
    this.#outstanding = 0;
  }
}
