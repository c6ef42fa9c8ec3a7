import type { Channel, ChannelModel, ConfirmChannel, Options } from 'amqplib';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { type RabbitLink, declareOn } from './connection.ts';
import { rabbitRejected, rabbitUnconfirmed } from './errors.ts';

export interface RabbitMessage {
  /** Empty: the default exchange, whose routing key is the name of a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly data: Uint8Array;
  readonly properties: Options.Publish;
}

export interface PublisherOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'log' | 'name'>;
  readonly link: RabbitLink;
  readonly isConfirmed: boolean;
  /** Declares the topology for `exchange`; once per connection and exchange. */
  readonly declare: (channel: Channel, exchange: string) => Promise<void>;
}

export const publishTimeoutMs = 10_000;

/** One channel to publish on, until the broker or the connection closes it. */
class PublishChannel {
  readonly #options: PublisherOptions;
  readonly #model: ChannelModel;
  readonly #channel: ConfirmChannel;
  readonly #declared = new Map<string, Promise<void>>();
  /** Why the broker closed the channel. */
  #failure: Error | undefined;
  #drained: Promise<void> | undefined;

  static async open(options: PublisherOptions, deadline: number, closed: () => void): Promise<PublishChannel> {
    const model = await options.link.connected(deadline);
    const channel = await options.link.request(model, () => model.createConfirmChannel());
    return new PublishChannel(options, model, channel, closed);
  }

  private constructor(options: PublisherOptions, model: ChannelModel, channel: ConfirmChannel, closed: () => void) {
    this.#options = options;
    this.#model = model;
    this.#channel = channel;
    channel.setMaxListeners(0);
    channel.on('error', (cause: Error) => (this.#failure = cause));
    channel.on('close', closed);
  }

  /** Resolves when the broker has confirmed the message, or without confirmations when it is written. */
  async publish(message: RabbitMessage, deadline: number): Promise<void> {
    await this.#ensureDeclared(message.exchange);
    await (this.#options.isConfirmed ? this.#confirmed(message, deadline) : this.#written(message, deadline));
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  #ensureDeclared(exchange: string): Promise<void> {
    const existing = this.#declared.get(exchange);
    if (existing) return existing;
    const { link, declare } = this.#options;
    const declaring = declareOn(link, this.#model, (channel) => declare(channel, exchange));
    this.#declared.set(exchange, declaring);
    declaring.catch(() => this.#declared.delete(exchange));
    return declaring;
  }

  #confirmed(message: RabbitMessage, deadline: number): Promise<void> {
    const { link, context } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = context.clock.after(deadline - context.clock.monotonic(), () =>
        reject(rabbitUnconfirmed(link.address, `no response within ${publishTimeoutMs / 1000} s`)),
      );
      try {
        this.#send(message, (failure) => {
          cancel();
          if (failure === undefined) resolve();
          else reject(failure);
        });
      } catch (cause) {
        cancel();
        reject(cause as Error);
      }
    });
  }

  async #written(message: RabbitMessage, deadline: number): Promise<void> {
    const { log, name } = this.#options.context;
    const hasRoom = this.#send(message, (failure) => {
      if (failure === undefined) return;
      const fields = { component: name, exchange: message.exchange, error: textOf(failure) };
      log.error(fields, 'message lost: the broker did not accept it, and publisherConfirm is false');
    });
    if (!hasRoom) await this.#untilDrained(deadline);
  }

  /** False when the write buffer of the connection is full. */
  #send(message: RabbitMessage, settled: (failure?: Error) => void): boolean {
    const { exchange, routingKey, data, properties } = message;
    const content = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return this.#channel.publish(exchange, routingKey, content, properties, (failure: Error | null) =>
      settled(failure === null ? undefined : this.#failureOf(failure)),
    );
  }

  #failureOf({ message }: Error): Error {
    // the driver distinguishes these only by their text
    return message === 'message nacked'
      ? rabbitRejected(this.#options.link.address, 'it did not accept the message, for example because a queue is full')
      : new Error(message, { cause: this.#failure });
  }

  /** Resolves when the buffer is drained, or the channel is closed. */
  #untilDrained(deadline: number): Promise<void> {
    const { clock } = this.#options.context;
    this.#drained ??= new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#drained = undefined;
        resolve();
      };
      const cancel = clock.after(deadline - clock.monotonic(), end);
      this.#channel.once('drain', end);
      this.#channel.once('close', end);
    });
    return this.#drained;
  }
}

/** A channel that is opened when it is needed, and again after the broker has closed it. */
export class ReopeningChannel {
  readonly #options: PublisherOptions;
  #current: Promise<PublishChannel> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async publish(message: RabbitMessage, deadline: number): Promise<void> {
    const channel = await (this.#current ??= this.#open(deadline));
    await channel.publish(message, deadline);
  }

  close(): void {
    this.#current?.then((channel) => channel.close()).catch(() => {});
    this.#current = undefined;
  }

  #open(deadline: number): Promise<PublishChannel> {
    const forget = (): void => {
      if (this.#current === opening) this.#current = undefined;
    };
    const opening = PublishChannel.open(this.#options, deadline, forget);
    opening.catch(forget);
    return opening;
  }
}
