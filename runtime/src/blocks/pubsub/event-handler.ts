import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Chance } from '#core/chance.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { hasExpired, readEvent, traceOfEvent } from '#core/received-event.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import type { IncomingMessage, MessageHandler, Verdict } from './broker.ts';
import { deadLetter } from './dead-letter.ts';
import type { EventAnswer, EventSink } from './event-sink.ts';
import type { Target } from './targets.ts';

export interface EventHandlerOptions {
  readonly target: Target;
  readonly topic: string;
  readonly deadLetterTopic?: string;
  readonly isRaw: boolean;
  readonly isBulk: boolean;
  route(event: Readonly<Record<string, unknown>>): string | undefined;
  readonly app: EventSink;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Aborts when the subscription has been drained and deliveries still under way must end. */
  readonly signal: AbortSignal;
}

/** Decode, expired, route, deliver; what cannot be delivered goes to the dead letter topic when there is one. */
export function eventHandler(options: EventHandlerOptions): MessageHandler {
  const { target, isRaw, app, recorder, clock, chance, log, signal, deadLetterTopic } = options;

  const callFor = (event: ReceivedEvent | undefined): Call => {
    const trace = event && traceOfEvent(event.attributes);
    const baggage = event?.attributes.baggage;
    return {
      trace: trace ?? { traceId: chance.hex(16), spanId: chance.hex(8), sampled: true },
      signal,
      ...(typeof baggage === 'string' && baggage !== '' ? { baggage } : {}),
    };
  };

  /** `otherwise` is the verdict when no dead letter topic is configured. */
  const giveUp = async (
    message: IncomingMessage,
    event: ReceivedEvent | undefined,
    reason: string,
    otherwise: Verdict,
  ): Promise<Verdict> => {
    const { attempt } = message;
    const topic = target.ofBroker(message.topic);
    const facts = { pubsub: target.name, topic, id: idOf(event) ?? '', attempt: attempt ?? 0, reason };
    if (deadLetterTopic === undefined) {
      if (otherwise === 'ack')
        log.warn(facts, 'event dropped: it cannot be delivered and there is no dead letter topic');
      else log.debug(facts, 'delivery refused, will retry');
      return otherwise;
    }
    const id = idOf(event);
    const letter = deadLetter(message, event && { data: event.data, id: id ?? chance.uuid() }, {
      reason,
      topic,
      consumer: target.consumer,
      ...(attempt === undefined ? {} : { attempts: attempt }),
    });
    const outgoing = { ...letter, id: letter.id ?? chance.uuid(), topic: target.onBroker(deadLetterTopic) };
    try {
      const start = { kind: 'dead-letter', name: deadLetterTopic, attributes: facts, input: letter.data } as const;
      await recorder.record(callFor(event), start, (call) => target.broker.publish(call, outgoing));
      log.warn({ ...facts, deadLetterTopic }, 'event moved to the dead letter topic');
      return 'ack';
    } catch (cause) {
      log.error({ ...facts, deadLetterTopic, error: textOf(cause) }, 'dead letter could not be stored, will retry');
      return 'retry';
    }
  };

  const deliver = (message: IncomingMessage, event: ReceivedEvent, path: string): Promise<EventAnswer> => {
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
    return recorder.record(callFor(event), start, async (call, scope) => {
      const { metadata } = message;
      const { attributes, data } = event;
      const delivery = { pubsubName: target.name, topic, path, data, attributes, metadata, isBulk: options.isBulk };
      const answer = await app.deliver(call, delivery);
      scope.set('verdict', answer.verdict);
      if (answer.verdict !== 'success') scope.failed(`DELIVERY_${answer.verdict.toUpperCase()}`, answer.reason);
      return answer;
    });
  };

  return async (message) => {
    const source = { ...message, pubsubName: target.name, topic: target.ofBroker(message.topic) };
    const event = readEvent({ ...source, isRaw, chance });
    if (event === undefined) return giveUp(message, undefined, 'the message is not a CloudEvent', 'ack');
    if (hasExpired(event.attributes, clock.now())) return giveUp(message, event, 'the event has expired', 'ack');
    try {
      const path = options.route(event.attributes);
      if (path === undefined) return await giveUp(message, event, 'no route matches the event', 'ack');
      const answer = await deliver(message, event, path);
      if (answer.verdict === 'success') return 'ack';
      if (answer.verdict === 'drop') return await giveUp(message, event, answer.reason, 'ack');
      return await giveUp(message, event, answer.reason, 'retry');
    } catch (cause) {
      // An app that is away has said nothing about the event: it stays with the broker until the app is back. Upstream
      // sends it to the dead letter topic, so a restart of the app would sweep its backlog there.
      if (signal.aborted || isAppAway(cause)) return 'retry';
      return giveUp(message, event, textOf(cause), 'retry');
    }
  };
}

function isAppAway(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable';
}

function idOf(event: ReceivedEvent | undefined): string | undefined {
  const id = event?.attributes.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
