import type { ConsumerInfo } from '@nats-io/jetstream';
import { createInbox } from '@nats-io/nats-core';
import type { Msg, Subscription } from '@nats-io/nats-core';
import type { BrokerSubscription, IncomingMessage, MessageHandler } from '#blocks/pubsub/broker.ts';
import { isAcknowledged } from '#blocks/pubsub/delivery-outcome.ts';
import { backoffPause } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Cancel } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { redeliveryDelay } from '#core/redelivery.ts';
import { type WorkerPool, workerPool } from '#core/worker-pool.ts';
import type { NatsLink } from './connection.ts';
import type { DurableConsumer } from './consumers.ts';
import { watchConsumer } from './consumer-watch.ts';
import { incomingOf, isStatus, statusOf } from './incoming.ts';
import { PullRequests, heartbeatMs } from './pull-requests.ts';
import { Settlement, acknowledge, reject, rejectFor, terminate } from './settlement.ts';
import type { JetStreamSettings } from './settings.ts';

export interface PullOptions {
  readonly context: ComponentContext;
  readonly link: NatsLink;
  readonly settings: JetStreamSettings;
  /** Subject prefix of the JetStream API. */
  readonly apiPrefix: string;
  /** Undefined for a wildcard. */
  readonly topic: string | undefined;
  readonly subject: string;
  readonly handler: MessageHandler;
  /** Finds or creates the stream and the consumer; called at the start and whenever they may have been deleted. */
  ensure(): Promise<DurableConsumer>;
  /** Reads the consumer's progress from the server. */
  inspect(consumer: DurableConsumer): Promise<ConsumerInfo>;
}

const silenceMs = 2.5 * heartbeatMs;
const flushTimeoutMs = 1000;
const recoveryBackoff = { firstMs: 200, maxMs: 5000 };

export async function pullSubscription(options: PullOptions): Promise<BrokerSubscription> {
  return new PullSubscription(options, await options.ensure());
}

/** Handles the messages of one consumer, and finds or creates it again when it is lost. */
class PullSubscription implements BrokerSubscription {
  readonly #options: PullOptions;
  readonly #logFields: LogFields;
  readonly #closing = new AbortController();
  readonly #inbox = createInbox();
  readonly #requests: PullRequests;
  readonly #settlement: Settlement;
  readonly #pool: WorkerPool<Msg>;
  readonly #subscription: Subscription;
  readonly #stopListening: () => void;
  readonly #stopConsumerWatch: () => void;
  #consumer: DurableConsumer;
  #lastReceivedAt: number;
  #isRecovering = false;
  #acknowledged = 0;
  #cancelSilenceWatch: Cancel | undefined;

  constructor(options: PullOptions, consumer: DurableConsumer) {
    const { context, link, settings, apiPrefix, topic, subject } = options;
    const { clock } = context;
    this.#options = options;
    this.#logFields = { component: context.name, topic: subject };
    this.#consumer = consumer;
    this.#lastReceivedAt = clock.monotonic();
    // One more than can run hides the round trip to the server when messages are handled one at a time.
    const capacity = settings.inFlight === 1 ? 2 : settings.inFlight;
    this.#requests = new PullRequests({ link, apiPrefix, inbox: this.#inbox, capacity });
    this.#settlement = new Settlement({ link, clock, ackWaitMs: () => this.#consumer.ackWaitMs });
    this.#pool = workerPool<Msg>({
      concurrency: settings.inFlight,
      handle: (message) => this.#handle(message),
      onFree: () => this.#requestMessages(),
    });
    this.#stopListening = link.onReconnect(() => {
      this.#settlement.sendUnsent();
      void this.#recover('reconnected');
    });
    this.#subscription = this.#subscribe();
    this.#watchSilence();
    this.#stopConsumerWatch = watchConsumer({
      context,
      topic: topic ?? subject,
      read: () => options.inspect(this.#consumer),
      acknowledged: () => this.#acknowledged,
    });
  }

  async close(drainMs: number): Promise<void> {
    if (this.#isClosing()) return;
    const { link, context } = this.#options;
    this.#closing.abort(new Error('the subscription is closing'));
    this.#stopListening();
    this.#stopConsumerWatch();
    this.#cancelSilenceWatch?.();
    for (const message of this.#pool.remove()) this.#settlement.settle(message, reject);
    // Messages in flight still arrive while it drains; they are returned at once.
    const unsubscribed = link.isUp()
      ? waitUpTo(context.clock, flushTimeoutMs, this.#subscription.drain())
      : this.#subscription.unsubscribe();
    await waitUpTo(context.clock, drainMs, this.#pool.finished());
    await unsubscribed;
    this.#settlement.stop();
    if (link.isUp()) await waitUpTo(context.clock, flushTimeoutMs, link.flush());
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #subscribe(): Subscription {
    const { link, context } = this.#options;
    return link.nats.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (!error) this.#receive(message);
        else context.log.error({ ...this.#logFields, error: error.message }, 'NATS rejected the subscription');
      },
    });
  }

  #requestMessages(): void {
    if (this.#isClosing() || this.#isRecovering || !this.#options.link.isUp()) return;
    this.#requests.request(this.#consumer, this.#settlement.unsettledCount - this.#pool.waiting());
  }

  #receive(message: Msg): void {
    this.#lastReceivedAt = this.#options.context.clock.monotonic();
    if (isStatus(message, this.#inbox)) return this.#handleStatus(message);
    this.#requests.delivered();
    if (this.#isClosing()) return this.#settlement.settle(message, reject);
    this.#settlement.begin(message);
    this.#pool.add(message);
    this.#requestMessages();
  }

  #handleStatus(message: Msg): void {
    const status = statusOf(message);
    switch (status.kind) {
      case 'heartbeat':
        return;
      case 'ended':
        this.#requests.ended(status.left);
        return this.#requestMessages();
      case 'unavailable':
        void this.#recover(status.text);
    }
  }

  async #handle(message: Msg): Promise<void> {
    const { context, settings, topic, handler } = this.#options;
    const { maxDeliver } = this.#consumer;
    const incoming = incomingOf(message, topic);
    const attempt = incoming.attempt ?? 1;
    const isLastAttempt = maxDeliver > 0 && attempt >= maxDeliver;
    const outcome = await handler({
      ...incoming,
      ...(isLastAttempt && { isLastAttempt }),
      ...this.#waitCallback(message),
    });
    if (isAcknowledged(outcome)) {
      this.#acknowledged++;
      return this.#settlement.settle(message, acknowledge);
    }
    if (isLastAttempt) {
      context.log.debug({ ...this.#logFields, attempt }, 'message terminated: maxDeliver reached');
      return this.#settlement.settle(message, terminate);
    }
    const delayMs = redeliveryDelay(attempt, context.random, settings.backOffMs);
    this.#settlement.settle(message, rejectFor(delayMs));
  }

  /** Absent when messages are handled one at a time, that is in order: then nothing overtakes a waiting message. */
  #waitCallback(message: Msg): Pick<IncomingMessage, 'waits'> {
    if (this.#options.settings.inFlight === 1) return {};
    return { waits: (isWaiting) => this.#pool.setWaiting(message, isWaiting) };
  }

  async #recover(reason: string): Promise<void> {
    if (this.#isRecovering || this.#isClosing()) return;
    this.#isRecovering = true;
    const { context } = this.#options;
    for (let attempt = 1; !this.#isClosing() && !(await this.#findConsumer(reason, attempt)); attempt++)
      await backoffPause(context, attempt, recoveryBackoff, this.#closing.signal);
    this.#isRecovering = false;
    if (this.#isClosing()) return;
    this.#requests.reset();
    this.#lastReceivedAt = context.clock.monotonic();
    context.log.info({ ...this.#logFields, reason }, 'subscription restored');
    this.#requestMessages();
  }

  /** True when the consumer exists. */
  async #findConsumer(reason: string, attempt: number): Promise<boolean> {
    const { link, context } = this.#options;
    if (!link.isUp()) return false;
    try {
      this.#consumer = await this.#options.ensure();
      return true;
    } catch (cause) {
      if (attempt === 1)
        context.log.warn({ ...this.#logFields, reason, error: textOf(cause) }, 'subscription lost, will retry');
      return false;
    }
  }

  /** A deleted consumer sends nothing: without a heartbeat it is looked up again. */
  #watchSilence(): void {
    const { link, context } = this.#options;
    this.#cancelSilenceWatch = context.clock.after(heartbeatMs, () => this.#watchSilence());
    const isSilent = context.clock.monotonic() - this.#lastReceivedAt > silenceMs;
    if (link.isUp() && this.#requests.hasOutstanding && isSilent) void this.#recover('no heartbeat');
    else this.#requestMessages();
  }
}
