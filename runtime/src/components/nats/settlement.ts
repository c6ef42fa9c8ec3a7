import type { Msg } from '@nats-io/nats-core';
import type { Cancel, Clock } from '#core/clock.ts';
import type { NatsLink } from './connection.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Replies to a delivered message. */
export const acknowledge = encode('+ACK');
/** Redelivered at once. */
export const reject = encode('-NAK');
/** Never redelivered. */
export const terminate = encode('+TERM');
/** Extends the ack wait. */
const inProgress = encode('+WPI');

export function rejectFor(delayMs: number): Uint8Array {
  return encode(`-NAK {"delay": ${Math.round(delayMs * 1e6)}}`);
}

export interface SettlementOptions {
  readonly link: NatsLink;
  readonly clock: Clock;
  /** The consumer's, which may change. */
  readonly ackWaitMs: () => number;
}

/**
 * The messages that are delivered and not settled. Their ack wait is extended until they are; what is settled while
 * disconnected is sent after the reconnect.
 */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #unsettled = new Set<Msg>();
  readonly #unsent: { readonly message: Msg; readonly reply: Uint8Array }[] = [];
  #cancelExtension: Cancel | undefined;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  begin(message: Msg): void {
    this.#unsettled.add(message);
    if (this.#cancelExtension === undefined) this.#scheduleExtension();
  }

  settle(message: Msg, reply: Uint8Array): void {
    this.#unsettled.delete(message);
    if (this.#options.link.isUp()) this.#send(message, reply);
    else this.#unsent.push({ message, reply });
  }

  /** Sends what was settled while disconnected. */
  sendUnsent(): void {
    for (const { message, reply } of this.#unsent.splice(0)) this.#send(message, reply);
  }

  /** Stops extending the ack wait. */
  stop(): void {
    this.#cancelExtension?.();
  }

  #scheduleExtension(): void {
    this.#cancelExtension = this.#options.clock.after(this.#options.ackWaitMs() / 3, () => this.#extendAckWait());
  }

  #extendAckWait(): void {
    this.#cancelExtension = undefined;
    if (this.#options.link.isUp()) for (const message of this.#unsettled) this.#send(message, inProgress);
    if (this.#unsettled.size > 0) this.#scheduleExtension();
  }

  #send(message: Msg, reply: Uint8Array): void {
    if (message.reply) this.#options.link.send(message.reply, reply);
  }
}
