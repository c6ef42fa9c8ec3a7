import type { ConsumeMessage } from 'amqplib';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import { backoffPause } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { redeliveryDelay, removalDelayMs } from '#core/redelivery.ts';
import { ScheduledTasks } from '#core/scheduled-tasks.ts';
import { type WorkerPool, workerPool } from '#core/worker-pool.ts';
import { attemptCounter } from './attempt-counter.ts';
import { ConsumerSession, type SessionOptions } from './consumer-session.ts';

export interface RabbitDelivery {
  readonly message: ConsumeMessage;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** The broker will not redeliver it, whatever the outcome. */
  readonly isLastAttempt: boolean;
  /** A message that waits for its next attempt does not count towards the concurrency. */
  waits(isWaiting: boolean): void;
}

export interface ConsumerOptions extends SessionOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'random' | 'log'>;
  /** Handlers that run at once. */
  readonly concurrency: number;
  /** A failed message is requeued; else the broker drops it, or moves it to the dead letter exchange. */
  readonly isRequeued: boolean;
  /** Must not throw. */
  readonly handle: (delivery: RabbitDelivery) => Promise<DeliveryOutcome>;
}

export interface RabbitConsumer {
  /** Takes no new messages, waits for running handlers (at most `drainMs`), leaves the rest to the broker. */
  close(drainMs: number): Promise<void>;
}

interface Delivered {
  readonly session: ConsumerSession;
  readonly message: ConsumeMessage;
}

const restoreBackoff = { firstMs: 100, maxMs: 5000 };

/** Consumes one queue on a dedicated channel, and again after each reconnect. Rejects when it cannot begin. */
export async function rabbitConsumer(options: ConsumerOptions): Promise<RabbitConsumer> {
  const consumer = new QueueConsumer(options);
  await consumer.start();
  return consumer;
}

class QueueConsumer implements RabbitConsumer {
  readonly #options: ConsumerOptions;
  readonly #closing = new AbortController();
  readonly #attempts = attemptCounter();
  readonly #settlements: ScheduledTasks;
  readonly #pool: WorkerPool<Delivered>;
  #session: ConsumerSession | undefined;
  #isRestoring = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#settlements = new ScheduledTasks(options.context.clock);
    this.#pool = workerPool({
      concurrency: options.concurrency,
      handle: (delivered: Delivered) => this.#handle(delivered),
    });
  }

  async start(): Promise<void> {
    await this.#openSession();
    if (!this.#session?.isOpen) void this.#restore();
  }

  async close(drainMs: number): Promise<void> {
    if (this.#isClosing()) return;
    this.#closing.abort(new Error('the subscription is closing'));
    const last = this.#session;
    if (last?.isOpen) await last.cancel();
    for (const { session, message } of this.#pool.remove()) session.settle(message, 'requeue');
    await waitUpTo(this.#options.context.clock, drainMs, this.#pool.finished());
    this.#settlements.cancelAll();
    if (last?.isOpen) await last.close();
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #openSession(): Promise<void> {
    this.#session = await ConsumerSession.open(this.#options, {
      received: (session, message) => {
        if (this.#isClosing()) session.settle(message, 'requeue');
        else this.#pool.add({ session, message });
      },
      ended: (session, failure) => {
        const { context, fields } = this.#options;
        if (failure !== undefined && !this.#isClosing())
          context.log.warn({ ...fields, error: failure }, 'subscription lost, will retry');
        this.#pool.remove((delivered) => delivered.session === session);
        void this.#restore();
      },
    });
  }

  async #restore(): Promise<void> {
    // without a session it has not begun
    if (this.#isRestoring || this.#isClosing() || this.#session === undefined) return;
    this.#isRestoring = true;
    const { context, fields } = this.#options;
    for (let failures = 0; !this.#isClosing() && !this.#session.isOpen; failures++) {
      await backoffPause(context, failures + 1, restoreBackoff, this.#closing.signal);
      if (this.#isClosing()) break;
      await this.#openSession().then(
        () => context.log.info(fields, 'subscription restored'),
        (cause: unknown) => context.log.warn({ ...fields, error: textOf(cause) }, 'subscription failed, will retry'),
      );
    }
    this.#isRestoring = false;
    if (this.#isClosing() && this.#session.isOpen) await this.#session.close();
  }

  async #handle(delivered: Delivered): Promise<void> {
    const { session, message } = delivered;
    const attempt = this.#attempts.attemptOf(message);
    const isLastAttempt = (): boolean => this.#isLastAttempt();
    const outcome = await this.#options.handle({
      message,
      attempt,
      get isLastAttempt() {
        return isLastAttempt();
      },
      waits: (isWaiting) => this.#pool.setWaiting(delivered, isWaiting),
    });
    if (outcome === 'retry') return this.#failed(delivered, attempt);
    this.#attempts.settled(message);
    session.settle(message, 'acknowledge');
  }

  /** While it closes, unsettled messages are requeued. */
  #isLastAttempt(): boolean {
    return this.#options.isAutoAck || (!this.#options.isRequeued && !this.#isClosing());
  }

  #failed({ session, message }: Delivered, attempt: number): void {
    if (this.#isClosing()) return;
    const { context, fields, isAutoAck, isRequeued } = this.#options;
    if (isAutoAck) return context.log.warn(fields, 'message lost: it failed, and autoAck is set');
    if (isRequeued) {
      this.#attempts.failed(message, attempt);
      const delayMs = redeliveryDelay(attempt, context.random);
      return this.#settlements.after(delayMs, () => session.settle(message, 'requeue'));
    }
    this.#settlements.after(removalDelayMs, () => {
      context.log.warn({ ...fields, attempt }, 'message rejected without requeue, since requeueInFailure is not set');
      session.settle(message, 'reject');
    });
  }
}
