import type { ConsumerInfo } from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/nats-core';
import type { Msg, Subscription } from '@nats-io/nats-core';
import type { BrokerSubscription, IncomingMessage, MessageHandler } from '#blocks/pubsub/broker.ts';
import { atMost } from '#core/at-most.ts';
import type { Cancel } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
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
  /** Finds or makes stream and consumer; called at the start and whenever they may be gone. */
  ensure(): Promise<DurableConsumer>;
  /** How far it has got, by its server. */
  inspect(consumer: DurableConsumer): Promise<ConsumerInfo>;
}

const pullForMs = 30_000;
const heartbeatMs = 5000;
const silenceMs = 2.5 * heartbeatMs;
const flushLimitMs = 1000;
const longestRecoveryWaitMs = 5000;

const ack = new TextEncoder().encode('+ACK');
const working = new TextEncoder().encode('+WPI');
const giveBack = new TextEncoder().encode('-NAK');
const terminate = new TextEncoder().encode('+TERM');

/**
 * Asks for as many messages as there is room for, never more, so that what a slow app cannot take yet stays with the
 * stream for its replicas. Everything held is kept alive by `working` until its handler has decided.
 */
export async function pullSubscription(options: PullOptions): Promise<BrokerSubscription> {
  const { context, link, settings, topic, handler } = options;
  const { clock, chance, log } = context;
  const { nats } = link;
  const facts = { component: context.name, topic: options.subject };
  // One more than can run hides the way to the server when one is handled at a time.
  const room = settings.inFlight === 1 ? 2 : settings.inFlight;

  let consumer = await options.ensure();
  const inbox = createInbox();
  const closing = new AbortController();
  /** Delivered to us and not decided. */
  const held = new Set<Msg>();
  const queue: Msg[] = [];
  const running = new Set<Promise<void>>();
  /** Of those that run: wait for another attempt, however long, while others are handled. */
  const waiting = new Set<Msg>();
  /** Decisions made while the connection was down. */
  const undelivered: { readonly message: Msg; readonly decision: Uint8Array }[] = [];
  /** Asked for and not delivered. */
  let asked = 0;
  let heardAt = clock.monotonic();
  let isRecovering = false;
  let acknowledged = 0;
  let keepAlive: Cancel | undefined;
  let watch: Cancel | undefined;

  const ask = (): void => {
    if (closing.signal.aborted || isRecovering || !link.isUp()) return;
    const batch = room - (held.size - waiting.size) - asked;
    if (batch < Math.max(1, room / 4)) return;
    asked += batch;
    const request = { batch, expires: nanos(pullForMs), idle_heartbeat: nanos(heartbeatMs) };
    const subject = `${options.apiPrefix}.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
    link.send(subject, new TextEncoder().encode(JSON.stringify(request)), { reply: inbox });
  };

  const say = (message: Msg, word: Uint8Array): void => {
    if (message.reply) link.send(message.reply, word);
  };

  const decide = (message: Msg, decision: Uint8Array): void => {
    held.delete(message);
    if (link.isUp()) say(message, decision);
    else undelivered.push({ message, decision });
  };

  /** One at a time means in order: then nothing overtakes what waits. */
  const placeOf = (message: Msg): Pick<IncomingMessage, 'waits'> =>
    settings.inFlight === 1
      ? {}
      : {
          waits(isWaiting) {
            if (!isWaiting) return void waiting.delete(message);
            waiting.add(message);
            pump();
            ask();
          },
        };

  const handle = async (message: Msg): Promise<void> => {
    const incoming = incomingOf(message, topic);
    const attempt = incoming.attempt ?? 1;
    const isLastAttempt = consumer.maxDeliver > 0 && attempt >= consumer.maxDeliver;
    const verdict = await handler({ ...incoming, ...(isLastAttempt && { isLastAttempt }), ...placeOf(message) });
    if (verdict === 'ack') {
      acknowledged++;
      return decide(message, ack);
    }
    if (isLastAttempt) {
      log.debug({ ...facts, attempt }, 'message terminated: it was delivered as often as maxDeliver allows');
      return decide(message, terminate);
    }
    const delayMs = retryDelayMs(settings.backOffMs, attempt, chance.random());
    decide(message, new TextEncoder().encode(`-NAK {"delay": ${Math.round(delayMs * 1e6)}}`));
  };

  const pump = (): void => {
    while (running.size - waiting.size < settings.inFlight) {
      const message = queue.shift();
      if (message === undefined) break;
      const work = handle(message).finally(() => {
        running.delete(work);
        waiting.delete(message);
        pump();
        ask();
      });
      running.add(work);
    }
  };

  const stayAlive = (): void => {
    keepAlive = undefined;
    if (link.isUp()) for (const message of held) say(message, working);
    if (held.size > 0) keepAlive = clock.after(consumer.ackWaitMs / 3, stayAlive);
  };

  const received = (message: Msg): void => {
    heardAt = clock.monotonic();
    if (isStatus(message, inbox)) return answered(message);
    asked = Math.max(0, asked - 1);
    if (closing.signal.aborted) return say(message, giveBack);
    held.add(message);
    queue.push(message);
    keepAlive ??= clock.after(consumer.ackWaitMs / 3, stayAlive);
    pump();
    ask();
  };

  const answered = (message: Msg): void => {
    const status = statusOf(message);
    switch (status.kind) {
      case 'heartbeat':
        return;
      case 'ended':
        asked = status.left === undefined ? 0 : Math.max(0, asked - status.left);
        return ask();
      case 'gone':
        if (!closing.signal.aborted) void recover(status.text);
    }
  };

  const recover = async (reason: string): Promise<void> => {
    if (isRecovering || closing.signal.aborted) return;
    isRecovering = true;
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        if (link.isUp()) {
          consumer = await options.ensure();
          break;
        }
      } catch (cause) {
        if (attempt === 0) log.warn({ ...facts, reason, error: textOf(cause) }, 'subscription is broken, will retry');
      }
      const delayMs = Math.min(longestRecoveryWaitMs, 200 * 2 ** attempt) * (0.9 + 0.2 * chance.random());
      await sleep(clock, delayMs, closing.signal).catch(() => {});
    }
    isRecovering = false;
    if (closing.signal.aborted) return;
    asked = 0;
    heardAt = clock.monotonic();
    log.info({ ...facts, reason }, 'subscription renewed');
    ask();
  };

  const stopListening = link.onReturn(() => {
    for (const { message, decision } of undelivered.splice(0)) say(message, decision);
    void recover('the connection came back');
  });
  /** A consumer that is gone says nothing: without a heartbeat it is looked for. */
  const watchSilence = (): void => {
    watch = clock.after(heartbeatMs, watchSilence);
    if (link.isUp() && asked > 0 && clock.monotonic() - heardAt > silenceMs) void recover('no heartbeat');
    else ask();
  };

  const subscription: Subscription = nats.subscribe(inbox, {
    callback: (error, message) => {
      if (error) log.error({ ...facts, error: error.message }, 'NATS refuses the subscription');
      else received(message);
    },
  });
  watchSilence();
  ask();
  const endWatch = watchConsumer({
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
      endWatch();
      watch?.();
      for (const message of queue.splice(0)) decide(message, giveBack);
      // Messages that are on their way still arrive while it drains, and go back at once.
      const unsubscribed = link.isUp() ? atMost(clock, flushLimitMs, subscription.drain()) : subscription.unsubscribe();
      await atMost(clock, drainMs, Promise.all(running));
      await unsubscribed;
      keepAlive?.();
      if (link.isUp()) await atMost(clock, flushLimitMs, link.flush());
    },
  };
}

/** The configured wait for this attempt, else 0.5 s doubled each time up to half a minute; spread by a tenth. */
function retryDelayMs(configured: readonly number[], attempt: number, chance: number): number {
  const chosen = configured[Math.min(attempt, configured.length) - 1];
  return (chosen ?? Math.min(30_000, 500 * 2 ** (attempt - 1))) * (0.9 + 0.2 * chance);
}
