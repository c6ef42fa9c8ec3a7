import type { Channel, ConsumeMessage } from 'amqplib';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import { type Cancel, sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { workerPool } from '#core/worker-pool.ts';
import { attemptCounter } from './attempt-counter.ts';
import type { RabbitLink } from './connection.ts';

export interface RabbitDelivery {
  readonly message: ConsumeMessage;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** The broker will not redeliver it, whatever the outcome. */
  readonly isLastAttempt: boolean;
  /** A message that waits for its next attempt does not count towards the concurrency. */
  waits(isWaiting: boolean): void;
}

export interface ConsumerOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'random' | 'log'>;
  readonly link: RabbitLink;
  /** For the log. */
  readonly fields: LogFields;
  readonly queue: string;
  /** Declares the queue and its exchanges; on each connection. */
  readonly declare: (channel: Channel) => Promise<void>;
  /** Unacknowledged messages. 0: no limit. */
  readonly prefetch: number;
  /** Handlers that run at once. */
  readonly concurrency: number;
  /** The broker removes a message when it has sent it. */
  readonly isAutoAck: boolean;
  /** A failed message is requeued; else the broker drops it, or moves it to the dead letter exchange. */
  readonly isRequeued: boolean;
  /** Must not throw. */
  readonly handle: (delivery: RabbitDelivery) => Promise<DeliveryOutcome>;
}

export interface RabbitConsumer {
  /** Takes no new messages, waits for running handlers (at most `drainMs`), leaves the rest to the broker. */
  close(drainMs: number): Promise<void>;
}

interface Session {
  readonly channel: Channel;
  tag: string;
  isOpen: boolean;
}

interface Delivered {
  readonly session: Session;
  readonly message: ConsumeMessage;
}

const connectWaitMs = 4000;
const requestTimeoutMs = 2000;
const restoreBackoff = { firstMs: 100, maxMs: 5000 };
const redeliveryBackoff = { firstMs: 500, maxMs: 30_000 };
/** Gives the sidecar time to notice that the app has ended, whose failures must not reject messages. */
const rejectWaitMs = 1000;

/** Consumes one queue on a dedicated channel, and again after each reconnect. Rejects when it cannot begin. */
export async function rabbitConsumer(options: ConsumerOptions): Promise<RabbitConsumer> {
  const { context, link, fields, queue: name, handle, isAutoAck, isRequeued } = options;
  const { clock, random, log } = context;
  const closing = new AbortController();
  const { signal } = closing;
  const attempts = attemptCounter();
  const delays = new Set<Cancel>();
  let session: Session | undefined;
  let isRestoring = false;

  const later = (delayMs: number, task: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      delays.delete(cancel);
      task();
    });
    delays.add(cancel);
  };

  /** Messages of a lost channel are redelivered on the next one. */
  const settle = ({ session: owner }: Delivered, send: (channel: Channel) => void): void => {
    if (!owner.isOpen || isAutoAck) return;
    try {
      send(owner.channel);
    } catch (cause) {
      log.debug({ ...fields, error: textOf(cause) }, 'a message could not be settled, it is redelivered');
    }
  };

  const failed = (delivered: Delivered, attempt: number): void => {
    if (signal.aborted) return;
    const { message } = delivered;
    if (isAutoAck) return log.warn(fields, 'message lost: it failed, and autoAck is set');
    if (isRequeued) {
      attempts.failed(message, attempt);
      return later(withJitter(backoffDelay(attempt, redeliveryBackoff), random), () =>
        settle(delivered, (channel) => channel.nack(message, false, true)),
      );
    }
    later(rejectWaitMs, () => {
      log.warn({ ...fields, attempt }, 'message rejected without requeue, since requeueInFailure is not set');
      settle(delivered, (channel) => channel.nack(message, false, false));
    });
  };

  const run = async (delivered: Delivered): Promise<void> => {
    const { message } = delivered;
    const attempt = attempts.attemptOf(message);
    const outcome = await handle({
      message,
      attempt,
      // while it closes, unsettled messages are requeued
      get isLastAttempt() {
        return isAutoAck || (!isRequeued && !signal.aborted);
      },
      waits: (isWaiting) => pool.setWaiting(delivered, isWaiting),
    });
    if (outcome === 'retry') return failed(delivered, attempt);
    attempts.settled(message);
    settle(delivered, (channel) => channel.ack(message));
  };

  const pool = workerPool<Delivered>({ concurrency: options.concurrency, handle: run });

  const ended = (owner: Session): void => {
    owner.isOpen = false;
    pool.remove((delivered) => delivered.session === owner);
    void restore();
  };

  const begin = async (): Promise<void> => {
    const model = await link.connected(clock.monotonic() + connectWaitMs);
    const channel = await link.request(model, () => model.createChannel());
    const opened: Session = { channel, tag: '', isOpen: true };
    let failure = 'the channel was closed';
    channel.on('error', (cause: Error) => (failure = textOf(cause)));
    channel.on('close', () => {
      if (opened.tag !== '' && !signal.aborted)
        log.warn({ ...fields, error: failure }, 'subscription lost, will retry');
      ended(opened);
    });
    const received = (message: ConsumeMessage | null): void => {
      // the queue was deleted; closing the channel restarts the consumer
      if (message === null) return void channel.close().catch(() => {});
      if (signal.aborted) return settle({ session: opened, message }, () => channel.nack(message, false, true));
      pool.add({ session: opened, message });
    };
    try {
      await link.request(model, async () => {
        await options.declare(channel);
        if (options.prefetch > 0) await channel.prefetch(options.prefetch);
        const { consumerTag } = await channel.consume(name, received, { noAck: isAutoAck });
        opened.tag = consumerTag;
      });
    } catch (cause) {
      await waitUpTo(clock, requestTimeoutMs, channel.close());
      throw cause;
    }
    session = opened;
  };

  const restore = async (): Promise<void> => {
    if (isRestoring || signal.aborted || session === undefined) return;
    isRestoring = true;
    for (let failures = 0; !signal.aborted && !session?.isOpen; failures++) {
      const pauseMs = withJitter(backoffDelay(failures + 1, restoreBackoff), random);
      await sleep(clock, pauseMs, signal).catch(() => {});
      if (signal.aborted) break;
      await begin().then(
        () => log.info(fields, 'subscription restored'),
        (cause: unknown) => log.warn({ ...fields, error: textOf(cause) }, 'subscription failed, will retry'),
      );
    }
    isRestoring = false;
    if (signal.aborted && session?.isOpen) await endSession(session);
  };

  const endSession = async ({ channel }: Session): Promise<void> => {
    await waitUpTo(clock, requestTimeoutMs, channel.close());
  };

  await begin();
  if (!session?.isOpen) void restore();

  return {
    async close(drainMs) {
      if (signal.aborted) return;
      closing.abort(new Error('the subscription is closing'));
      const last = session;
      if (last?.isOpen) await waitUpTo(clock, requestTimeoutMs, last.channel.cancel(last.tag));
      for (const delivered of pool.remove())
        settle(delivered, (channel) => channel.nack(delivered.message, false, true));
      await waitUpTo(clock, drainMs, pool.finished());
      for (const cancel of delays) cancel();
      // unsettled messages are requeued
      if (last?.isOpen) await endSession(last);
    },
  };
}
