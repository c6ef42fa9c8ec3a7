import type { ConsumerInfo } from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/nats-core';
import type { Msg, Subscription } from '@nats-io/nats-core';
import type { BrokerSubscription, IncomingMessage, MessageHandler } from '#blocks/pubsub/broker.ts';
import { isAcknowledged } from '#blocks/pubsub/delivery-outcome.ts';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Cancel } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { workerPool } from '#core/worker-pool.ts';
import type { NatsLink } from './connection.ts';
import type { DurableConsumer } from './consumers.ts';
import { watchConsumer } from './consumer-watch.ts';
import { incomingOf, isStatus, statusOf } from './incoming.ts';
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

const pullExpiresMs = 30_000;
const heartbeatMs = 5000;
const silenceMs = 2.5 * heartbeatMs;
const flushTimeoutMs = 1000;
const recoveryBackoff = { firstMs: 200, maxMs: 5000 };
const redeliveryBackoff = { firstMs: 500, maxMs: 30_000 };

const ack = new TextEncoder().encode('+ACK');
const inProgress = new TextEncoder().encode('+WPI');
const nak = new TextEncoder().encode('-NAK');
const terminate = new TextEncoder().encode('+TERM');

/**
 * Requests only as many messages as it has capacity for, so that messages which a slow app cannot handle yet stay in the
 * stream for its replicas. The ack wait of unsettled messages is extended by `+WPI` until their handlers have finished.
 */
export async function pullSubscription(options: PullOptions): Promise<BrokerSubscription> {
  const { context, link, settings, topic, handler } = options;
  const { clock, random, log } = context;
  const { nats } = link;
  const logFields = { component: context.name, topic: options.subject };
  // One more than can run hides the round trip to the server when messages are handled one at a time.
  const capacity = settings.inFlight === 1 ? 2 : settings.inFlight;

  let consumer = await options.ensure();
  const inbox = createInbox();
  const closing = new AbortController();
  /** Delivered and not settled. */
  const unsettled = new Set<Msg>();
  /** Replies made while disconnected. */
  const unsentReplies: { readonly message: Msg; readonly reply: Uint8Array }[] = [];
  /** Requested and not delivered. */
  let requested = 0;
  let lastReceivedAt = clock.monotonic();
  let isRecovering = false;
  let acknowledged = 0;
  let cancelExtension: Cancel | undefined;
  let cancelWatch: Cancel | undefined;

  const requestMessages = (): void => {
    if (closing.signal.aborted || isRecovering || !link.isUp()) return;
    const batch = capacity - (unsettled.size - pool.waiting()) - requested;
    if (batch < Math.max(1, capacity / 4)) return;
    requested += batch;
    const request = { batch, expires: nanos(pullExpiresMs), idle_heartbeat: nanos(heartbeatMs) };
    const subject = `${options.apiPrefix}.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    link.send(subject, new TextEncoder().encode(JSON.stringify(request)), { reply: inbox });
  };

  const sendReply = (message: Msg, payload: Uint8Array): void => {
    if (message.reply) link.send(message.reply, payload);
  };

  const settle = (message: Msg, reply: Uint8Array): void => {
    unsettled.delete(message);
    if (link.isUp()) sendReply(message, reply);
    else unsentReplies.push({ message, reply });
  };

  /** Absent when messages are handled one at a time, that is in order: then nothing overtakes a waiting message. */
  const waitCallback = (message: Msg): Pick<IncomingMessage, 'waits'> =>
    settings.inFlight === 1 ? {} : { waits: (isWaiting) => pool.setWaiting(message, isWaiting) };

  const handle = async (message: Msg): Promise<void> => {
    const incoming = incomingOf(message, topic);
    const attempt = incoming.attempt ?? 1;
    const isLastAttempt = consumer.maxDeliver > 0 && attempt >= consumer.maxDeliver;
    const outcome = await handler({ ...incoming, ...(isLastAttempt && { isLastAttempt }), ...waitCallback(message) });
    if (isAcknowledged(outcome)) {
      acknowledged++;
      return settle(message, ack);
    }
    if (isLastAttempt) {
      log.debug({ ...logFields, attempt }, 'message terminated: maxDeliver reached');
      return settle(message, terminate);
    }
    const delayMs = withJitter(redeliveryDelayMs(settings.backOffMs, attempt), random);
    settle(message, new TextEncoder().encode(`-NAK {"delay": ${Math.round(delayMs * 1e6)}}`));
  };

  const pool = workerPool<Msg>({ concurrency: settings.inFlight, handle, onFree: () => requestMessages() });

  const extendAckWait = (): void => {
    cancelExtension = undefined;
    if (link.isUp()) for (const message of unsettled) sendReply(message, inProgress);
    if (unsettled.size > 0) cancelExtension = clock.after(consumer.ackWaitMs / 3, extendAckWait);
  };

  const receive = (message: Msg): void => {
    lastReceivedAt = clock.monotonic();
    if (isStatus(message, inbox)) return handleStatus(message);
    requested = Math.max(0, requested - 1);
    if (closing.signal.aborted) return sendReply(message, nak);
    unsettled.add(message);
    cancelExtension ??= clock.after(consumer.ackWaitMs / 3, extendAckWait);
    pool.add(message);
    requestMessages();
  };

  const handleStatus = (message: Msg): void => {
    const status = statusOf(message);
    switch (status.kind) {
      case 'heartbeat':
        return;
      case 'ended':
        requested = status.left === undefined ? 0 : Math.max(0, requested - status.left);
        return requestMessages();
      case 'unavailable':
        if (!closing.signal.aborted) void recover(status.text);
    }
  };

  const recover = async (reason: string): Promise<void> => {
    if (isRecovering || closing.signal.aborted) return;
    isRecovering = true;
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        if (link.isUp()) {
          consumer = await options.ensure();
          break;
        }
      } catch (cause) {
        if (attempt === 1) log.warn({ ...logFields, reason, error: textOf(cause) }, 'subscription lost, will retry');
      }
      const delayMs = withJitter(backoffDelay(attempt, recoveryBackoff), random);
      await sleep(clock, delayMs, closing.signal).catch(() => {});
    }
    isRecovering = false;
    if (closing.signal.aborted) return;
    requested = 0;
    lastReceivedAt = clock.monotonic();
    log.info({ ...logFields, reason }, 'subscription restored');
    requestMessages();
  };

  const stopListening = link.onReconnect(() => {
    for (const { message, reply } of unsentReplies.splice(0)) sendReply(message, reply);
    void recover('reconnected');
  });
  /** A deleted consumer sends nothing: without a heartbeat it is looked up again. */
  const watchSilence = (): void => {
    cancelWatch = clock.after(heartbeatMs, watchSilence);
    if (link.isUp() && requested > 0 && clock.monotonic() - lastReceivedAt > silenceMs) void recover('no heartbeat');
    else requestMessages();
  };

  const subscription: Subscription = nats.subscribe(inbox, {
    callback: (error, message) => {
      if (error) log.error({ ...logFields, error: error.message }, 'NATS rejected the subscription');
      else receive(message);
    },
  });
  watchSilence();
  requestMessages();
  const stopConsumerWatch = watchConsumer({
    context,
    topic: topic ?? options.subject,
    read: () => options.inspect(consumer),
    acknowledged: () => acknowledged,
  });

  return {
    async close(drainMs) {
      if (closing.signal.aborted) return;
      closing.abort(new Error('the subscription is closing'));
      stopListening();
      stopConsumerWatch();
      cancelWatch?.();
      for (const message of pool.remove()) settle(message, nak);
      // Messages in flight still arrive while it drains; they are returned at once.
      const unsubscribed = link.isUp()
        ? waitUpTo(clock, flushTimeoutMs, subscription.drain())
        : subscription.unsubscribe();
      await waitUpTo(clock, drainMs, pool.finished());
      await unsubscribed;
      cancelExtension?.();
      if (link.isUp()) await waitUpTo(clock, flushTimeoutMs, link.flush());
    },
  };
}

/** The configured delay for this attempt, of which the last one repeats; without any the default backoff. */
function redeliveryDelayMs(configured: readonly number[], attempt: number): number {
  return configured[Math.min(attempt, configured.length) - 1] ?? backoffDelay(attempt, redeliveryBackoff);
}
