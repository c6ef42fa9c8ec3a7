import type { Channel, ChannelModel, ConfirmChannel, Options } from 'amqplib';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf, withCause } from '#core/errors.ts';
import { type RabbitLink, declareOn } from './connection.ts';
import { isInterrupted, rabbitRejected, rabbitUnconfirmed, rejectionOf, replyCodeOf } from './errors.ts';

export interface RabbitMessage {
  /** Empty: the default exchange, whose routing key is the name of a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly data: Uint8Array;
  readonly properties: Options.Publish;
}

export interface RabbitPublisher {
  /**
   * Resolves when the broker has confirmed the message, or with `isConfirmed: false` when it is sent. A message without a
   * confirmation is sent again after a reconnect: it may arrive twice. Rejects after ten seconds.
   */
  publish(message: RabbitMessage): Promise<void>;
}

export interface PublisherOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'log' | 'name'>;
  readonly link: RabbitLink;
  readonly isConfirmed: boolean;
  /** Declares the topology for `exchange`; once per connection and exchange. */
  readonly declare: (channel: Channel, exchange: string) => Promise<void>;
}

interface PublishChannel {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  readonly declared: Map<string, Promise<void>>;
  /** Why the broker closed the channel. */
  failure?: Error;
  drained?: Promise<void> | undefined;
}

const publishTimeoutMs = 10_000;
/** How often the exchange of one message may be missing. */
const maxMissing = 4;
const pauseMs = 20;
/** The exchange does not exist any more; an auto-delete exchange is removed with its last queue. */
const notFound = 404;

export function rabbitPublisher({ context, link, isConfirmed, declare }: PublisherOptions): RabbitPublisher {
  const { clock, log, name } = context;
  const open = async (deadline: number, closed: () => void): Promise<PublishChannel> => {
    const model = await link.connected(deadline);
    const channel = await link.request(model, () => model.createConfirmChannel());
    const target: PublishChannel = { model, channel, declared: new Map() };
    channel.setMaxListeners(0);
    channel.on('error', (cause: Error) => (target.failure = cause));
    channel.on('close', closed);
    return target;
  };
  const shared = holder(open);
  const separate = holder(open);
  /** The number of messages that are sent separately or wait for that. */
  let suspectCount = 0;
  let lastSuspect: Promise<unknown> = Promise.resolve();

  const declared = ({ model, declared: done }: PublishChannel, exchange: string): Promise<void> => {
    const existing = done.get(exchange);
    if (existing) return existing;
    const declaring = declareOn(link, model, (channel) => declare(channel, exchange));
    done.set(exchange, declaring);
    declaring.catch(() => done.delete(exchange));
    return declaring;
  };

  /** False when the write buffer of the connection is full. */
  const send = (target: PublishChannel, message: RabbitMessage, settled: (failure?: Error) => void): boolean => {
    const { exchange, routingKey, data, properties } = message;
    const content = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return target.channel.publish(exchange, routingKey, content, properties, (failure: Error | null) => {
      if (failure === null) settled();
      // the driver distinguishes these only by their text
      else if (failure.message === 'message nacked')
        settled(rabbitRejected(link.address, 'it did not accept the message, for example because a queue is full'));
      else settled(new Error(failure.message, { cause: target.failure }));
    });
  };

  const confirmed = (target: PublishChannel, message: RabbitMessage, deadline: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(deadline - clock.monotonic(), () =>
        reject(rabbitUnconfirmed(link.address, `no response within ${publishTimeoutMs / 1000} s`)),
      );
      try {
        send(target, message, (failure) => {
          cancel();
          if (failure === undefined) resolve();
          else reject(failure);
        });
      } catch (cause) {
        cancel();
        reject(cause as Error);
      }
    });

  const sent = async (target: PublishChannel, message: RabbitMessage, deadline: number): Promise<void> => {
    const hasRoom = send(target, message, (failure) => {
      if (failure === undefined) return;
      const fields = { component: name, exchange: message.exchange, error: textOf(failure) };
      log.error(fields, 'message lost: the broker did not accept it, and publisherConfirm is false');
    });
    if (!hasRoom) await drainOf(target, deadline);
  };

  /** Resolves when the buffer is drained, or the channel is closed. */
  const drainOf = (target: PublishChannel, deadline: number): Promise<void> => {
    const { channel } = target;
    target.drained ??= new Promise((resolve) => {
      const end = (): void => {
        cancel();
        target.drained = undefined;
        resolve();
      };
      const cancel = clock.after(deadline - clock.monotonic(), end);
      channel.once('drain', end);
      channel.once('close', end);
    });
    return target.drained;
  };

  const publishOn = async (target: PublishChannel, message: RabbitMessage, deadline: number): Promise<void> => {
    await declared(target, message.exchange);
    await (isConfirmed ? confirmed : sent)(target, message, deadline);
  };

  /** One at a time on a separate channel: if the broker closes it, this message is the cause. */
  const publishAlone = (message: RabbitMessage, deadline: number): Promise<void> => {
    suspectCount += 1;
    const publishing = lastSuspect.then(async () => {
      if (clock.monotonic() >= deadline) throw rabbitUnconfirmed(link.address, 'other messages took too long');
      await publishOn(await separate.get(deadline), message, deadline);
    });
    lastSuspect = publishing
      .catch(() => {})
      .then(() => {
        suspectCount -= 1;
        if (suspectCount === 0) separate.close();
      });
    return publishing;
  };

  return {
    async publish(message) {
      const deadline = clock.monotonic() + publishTimeoutMs;
      let isSuspect = false;
      for (let missing = 0; ;) {
        try {
          await link.unblocked(deadline);
          if (isSuspect) return await publishAlone(message, deadline);
          return await publishOn(await shared.get(deadline), message, deadline);
        } catch (cause) {
          if (!isInterrupted(cause)) throw rejectionOf(cause, link.address);
          const closedBy = cause instanceof Error ? cause.cause : undefined;
          const code = replyCodeOf(closedBy);
          if (code === notFound) missing++;
          // the broker may have closed the channel because of another message: this one is retried
          if (isSuspect && code !== undefined && (code !== notFound || missing > maxMissing))
            throw rejectionOf(closedBy, link.address);
          isSuspect ||= code !== undefined && (code !== notFound || missing > 1);
          if (clock.monotonic() >= deadline) throw withCause(rabbitUnconfirmed(link.address, textOf(cause)), cause);
        }
        await sleep(clock, pauseMs);
      }
    },
  };
}

/** A channel that is opened when it is needed, and again after the broker has closed it. */
function holder(open: (deadline: number, closed: () => void) => Promise<PublishChannel>) {
  let current: Promise<PublishChannel> | undefined;
  return {
    get(deadline: number): Promise<PublishChannel> {
      if (current !== undefined) return current;
      const forget = (): void => {
        if (current === opening) current = undefined;
      };
      const opening = open(deadline, forget);
      current = opening;
      opening.catch(forget);
      return opening;
    },
    close(): void {
      current?.then(({ channel }) => channel.close()).catch(() => {});
      current = undefined;
    },
  };
}
