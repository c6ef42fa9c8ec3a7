import type { Channel, ConsumeMessage } from 'amqplib';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import type { RabbitLink } from './connection.ts';

/** What the broker does with a delivered message. */
export type Settlement = 'acknowledge' | 'requeue' | 'reject';

export interface SessionOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'log'>;
  readonly link: RabbitLink;
  /** For the log. */
  readonly fields: LogFields;
  readonly queue: string;
  /** Declares the queue and its exchanges; on each connection. */
  readonly declare: (channel: Channel) => Promise<void>;
  /** Unacknowledged messages. 0: no limit. */
  readonly prefetch: number;
  /** The broker removes a message when it has sent it. */
  readonly isAutoAck: boolean;
}

export interface SessionListener {
  received(session: ConsumerSession, message: ConsumeMessage): void;
  /** The channel is closed. `failure` is undefined when it had not begun to consume. */
  ended(session: ConsumerSession, failure: string | undefined): void;
}

const connectWaitMs = 4000;
const requestTimeoutMs = 2000;

/** The consumption of a queue on one channel, until that channel is closed. */
export class ConsumerSession {
  readonly #options: SessionOptions;
  readonly #channel: Channel;
  #consumerTag: string | undefined;
  #isOpen = true;

  /** Rejects when there is no connection, or with the broker's reply. */
  static async open(options: SessionOptions, listener: SessionListener): Promise<ConsumerSession> {
    const { context, link } = options;
    const model = await link.connected(context.clock.monotonic() + connectWaitMs);
    const channel = await link.request(model, () => model.createChannel());
    const session = new ConsumerSession(options, channel, listener);
    try {
      await link.request(model, () => session.#consume(listener));
    } catch (cause) {
      await session.close();
      throw cause;
    }
    return session;
  }

  private constructor(options: SessionOptions, channel: Channel, listener: SessionListener) {
    this.#options = options;
    this.#channel = channel;
    let failure = 'the channel was closed';
    channel.on('error', (cause: Error) => (failure = textOf(cause)));
    channel.on('close', () => {
      this.#isOpen = false;
      listener.ended(this, this.#consumerTag === undefined ? undefined : failure);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Messages of a closed channel are redelivered on the next one. */
  settle(message: ConsumeMessage, settlement: Settlement): void {
    const { context, fields, isAutoAck } = this.#options;
    if (!this.#isOpen || isAutoAck) return;
    try {
      if (settlement === 'acknowledge') this.#channel.ack(message);
      else this.#channel.nack(message, false, settlement === 'requeue');
    } catch (cause) {
      context.log.debug({ ...fields, error: textOf(cause) }, 'a message could not be settled, it is redelivered');
    }
  }

  /** The broker delivers no further messages. */
  async cancel(): Promise<void> {
    if (this.#consumerTag !== undefined) await this.#inTime(this.#channel.cancel(this.#consumerTag));
  }

  /** The broker requeues unsettled messages. */
  close(): Promise<void> {
    return this.#inTime(this.#channel.close());
  }

  async #consume(listener: SessionListener): Promise<void> {
    const { queue, declare, prefetch, isAutoAck } = this.#options;
    const received = (message: ConsumeMessage | null): void => {
      if (message !== null) listener.received(this, message);
      // the queue was deleted; closing the channel restarts the consumer
      else this.#channel.close().catch(() => {});
    };
    await declare(this.#channel);
    if (prefetch > 0) await this.#channel.prefetch(prefetch);
    const { consumerTag } = await this.#channel.consume(queue, received, { noAck: isAutoAck });
    this.#consumerTag = consumerTag;
  }

  #inTime(work: Promise<unknown>): Promise<void> {
    return waitUpTo(this.#options.context.clock, requestTimeoutMs, work);
  }
}
