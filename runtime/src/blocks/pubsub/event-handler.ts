import type { ActivityStart } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';
import { hasExpired, readEvent } from '#core/received-event.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import { attemptCounts } from './attempt-count.ts';
import type { DeliveryOutcome, DeliveryResult } from './delivery-outcome.ts';
import type { AttemptCount } from './attempt-count.ts';
import type { IncomingMessage, MessageHandler } from './broker.ts';
import type { EventSink } from './event-sink.ts';
import { callForEvent, staysWithBroker, deadLetterHandler } from './dead-letter-handler.ts';
import type { UndeliveredMessage, DeadLetterOptions } from './dead-letter-handler.ts';

export interface EventHandlerOptions extends DeadLetterOptions {
  readonly isRaw: boolean;
  /** Throws when a route's expression cannot be applied to the event. */
  route(event: Readonly<Record<string, unknown>>): string | undefined;
  readonly app: EventSink;
  /** The policy for the delivery of one event, or of a batch. */
  readonly policy?: Policy | undefined;
}

/** An event and its route, or the reason why it has none. */
export type Routed = { readonly event: ReceivedEvent; readonly path: string } | UndeliveredMessage;

/** Decodes, checks expiry, routes and delivers; undeliverable events go to the dead letter topic when there is one. */
export function eventHandler(options: EventHandlerOptions): MessageHandler {
  const { target, app, recorder, signal, policy } = options;
  const toDeadLetter = deadLetterHandler(options);
  const countOf = attemptCounts();

  const deliver = (outer: Call, { message, event, path, count }: Delivery): Promise<DeliveryResult> => {
    const attempt = count.next();
    const topic = target.ofBroker(message.topic);
    const { id, type } = event.attributes;
    const start: ActivityStart<'deliver'> = {
      kind: 'deliver',
      name: topic,
      attributes: { pubsub: target.name, topic, route: path },
      input: event.data,
    };
    return recorder.record(outer, start, async (call, scope) => {
      if (message.attempt !== undefined) scope.set('attempt', message.attempt);
      if (typeof id === 'string') scope.set('id', id);
      if (typeof type === 'string') scope.set('type', type);
      const { metadata } = message;
      const { attributes, data } = event;
      const delivery = { pubsubName: target.name, topic, path, data, attributes, metadata, attempt };
      const result = await app.deliver(call, delivery);
      scope.set('outcome', result.outcome);
      if (result.outcome !== 'success') scope.failed(`DELIVERY_${result.outcome.toUpperCase()}`, result.reason);
      return result;
    });
  };

  const attempts = (delivery: Delivery): Promise<DeliveryResult> => {
    const { message, event } = delivery;
    const outer = callForEvent(event, options);
    if (policy === undefined) return deliver(outer, delivery);
    return policy(outer, `${target.name}/${target.ofBroker(message.topic)}`, async (call, _attempt, notes) => {
      message.waits?.(false);
      let isOver = false;
      try {
        const result = await deliver(call, delivery);
        if (result.outcome === 'retry') notes.failed(result.status);
        else isOver = true;
        return result;
      } finally {
        if (!isOver) message.waits?.(true);
      }
    });
  };

  const outcomeOf = async (delivery: Delivery): Promise<DeliveryOutcome> => {
    const { message, event, count } = delivery;
    try {
      const result = await attempts(delivery);
      if (result.outcome === 'success') return 'success';
      const { outcome: outcomeWithoutTopic, reason } = result;
      return await toDeadLetter({ message, event, reason, outcomeWithoutTopic, attempts: count.total });
    } catch (cause) {
      if (staysWithBroker(cause, message, signal)) return 'retry';
      return toDeadLetter({
        message,
        event,
        reason: textOf(cause),
        outcomeWithoutTopic: 'retry',
        attempts: count.total,
      });
    }
  };

  return async (message) => {
    const routed = routedEvent(message, options);
    if ('reason' in routed) return toDeadLetter(routed);
    const count = countOf(message, routed.event);
    const outcome = await outcomeOf({ message, ...routed, count });
    if (outcome === 'retry' && !message.isLastAttempt) count.suspend();
    else count.end();
    return outcome;
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
  { target, isRaw, random, clock, route }: Pick<EventHandlerOptions, 'target' | 'isRaw' | 'random' | 'clock' | 'route'>,
): Routed {
  const source = { ...message, pubsubName: target.name, topic: target.ofBroker(message.topic) };
  const event = readEvent({ ...source, isRaw, random });
  if (event === undefined) return { message, reason: 'the message is not a CloudEvent', outcomeWithoutTopic: 'drop' };
  if (hasExpired(event.attributes, clock.now()))
    return { message, event, reason: 'the event has expired', outcomeWithoutTopic: 'drop' };
  try {
    const path = route(event.attributes);
    return path === undefined
      ? { message, event, reason: 'no route matches the event', outcomeWithoutTopic: 'drop' }
      : { event, path };
  } catch (cause) {
    return { message, event, reason: textOf(cause), outcomeWithoutTopic: 'retry', isUnroutable: true };
  }
}
