import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';
import { hasExpired, readEvent } from '#core/received-event.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import { attemptCounts } from './attempt-count.ts';
import type { AttemptCount } from './attempt-count.ts';
import type { IncomingMessage, MessageHandler, Verdict } from './broker.ts';
import type { EventAnswer, EventSink } from './event-sink.ts';
import { callOf, staysWithBroker, undeliveredBox } from './undelivered.ts';
import type { Undelivered, UndeliveredOptions } from './undelivered.ts';

export interface EventHandlerOptions extends UndeliveredOptions {
  readonly isRaw: boolean;
  /** Throws when a route's expression cannot be applied to the event. */
  route(event: Readonly<Record<string, unknown>>): string | undefined;
  readonly app: EventSink;
  /** Around the delivery of one event, or of a batch. */
  readonly policy?: Policy | undefined;
}

/** An event and where it goes, or why it goes nowhere. */
export type Routed = { readonly event: ReceivedEvent; readonly path: string } | Undelivered;

/** Decode, expired, route, deliver; what cannot be delivered goes to the dead letter topic when there is one. */
export function eventHandler(options: EventHandlerOptions): MessageHandler {
  const { target, app, recorder, signal, policy } = options;
  const giveUp = undeliveredBox(options);
  const countOf = attemptCounts();

  const deliver = (outer: Call, { message, event, path, count }: Delivery): Promise<EventAnswer> => {
    const attempt = count.next();
    const topic = target.ofBroker(message.topic);
    const { id, type } = event.attributes;
    const start = {
      kind: 'deliver',
      name: topic,
      attributes: {
        pubsub: target.name,
        topic,
        route: path,
        ...(message.attempt === undefined ? {} : { attempt: message.attempt }),
        ...(typeof id === 'string' ? { id } : {}),
        ...(typeof type === 'string' ? { type } : {}),
      },
      input: event.data,
    } as const;
    return recorder.record(outer, start, async (call, scope) => {
      const { metadata } = message;
      const { attributes, data } = event;
      const delivery = { pubsubName: target.name, topic, path, data, attributes, metadata, attempt };
      const answer = await app.deliver(call, delivery);
      scope.set('verdict', answer.verdict);
      if (answer.verdict !== 'success') scope.failed(`DELIVERY_${answer.verdict.toUpperCase()}`, answer.reason);
      return answer;
    });
  };

  const attempts = (delivery: Delivery): Promise<EventAnswer> => {
    const { message, event } = delivery;
    const outer = callOf(event, options);
    if (policy === undefined) return deliver(outer, delivery);
    return policy(outer, `${target.name}/${target.ofBroker(message.topic)}`, async (call, _attempt, notes) => {
      message.waits?.(false);
      let isOver = false;
      try {
        const answer = await deliver(call, delivery);
        if (answer.verdict === 'retry') notes.failed(answer.status);
        else isOver = true;
        return answer;
      } finally {
        if (!isOver) message.waits?.(true);
      }
    });
  };

  const verdictOn = async (delivery: Delivery): Promise<Verdict> => {
    const { message, event, count } = delivery;
    try {
      const answer = await attempts(delivery);
      if (answer.verdict === 'success') return 'ack';
      const otherwise = answer.verdict === 'drop' ? 'ack' : 'retry';
      return await giveUp({ message, event, reason: answer.reason, otherwise, attempts: count.total });
    } catch (cause) {
      if (staysWithBroker(cause, message, signal)) return 'retry';
      return giveUp({ message, event, reason: textOf(cause), otherwise: 'retry', attempts: count.total });
    }
  };

  return async (message) => {
    const routed = routedEvent(message, options);
    if ('reason' in routed) return giveUp(routed);
    const count = countOf(message, routed.event);
    const verdict = await verdictOn({ message, ...routed, count });
    if (verdict === 'retry' && !message.isLastAttempt) count.suspend();
    else count.end();
    return verdict;
  };
}

interface Delivery {
  readonly message: IncomingMessage;
  readonly event: ReceivedEvent;
  readonly path: string;
  readonly count: AttemptCount;
}

export function routedEvent(
  message: IncomingMessage,
  { target, isRaw, chance, clock, route }: Pick<EventHandlerOptions, 'target' | 'isRaw' | 'chance' | 'clock' | 'route'>,
): Routed {
  const source = { ...message, pubsubName: target.name, topic: target.ofBroker(message.topic) };
  const event = readEvent({ ...source, isRaw, chance });
  if (event === undefined) return { message, reason: 'the message is not a CloudEvent', otherwise: 'ack' };
  if (hasExpired(event.attributes, clock.now()))
    return { message, event, reason: 'the event has expired', otherwise: 'ack' };
  try {
    const path = route(event.attributes);
    return path === undefined
      ? { message, event, reason: 'no route matches the event', otherwise: 'ack' }
      : { event, path };
  } catch (cause) {
    return { message, event, reason: textOf(cause), otherwise: 'retry', isUnroutable: true };
  }
}
