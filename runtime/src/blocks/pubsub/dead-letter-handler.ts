import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import { backoffDelay } from '#core/backoff.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log, LogFields } from '#core/log.ts';
import type { NewCall } from '#core/new-call.ts';
import { traceOfEvent } from '#core/received-event.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import type { IncomingMessage } from './broker.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';
import { deadLetterMessage } from './dead-letter.ts';
import type { Target } from './targets.ts';

export interface DeadLetterOptions {
  readonly target: Target;
  readonly deadLetterTopic?: string;
  readonly recorder: Recorder;
  readonly newCall: NewCall;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A message that cannot be delivered to the app now, and the reason. */
export interface UndeliveredMessage {
  readonly message: IncomingMessage;
  readonly event?: ReceivedEvent | undefined;
  readonly reason: string;
  /** How often it was delivered to the app, if at all. */
  readonly attempts?: number;
  /** The outcome for the broker when there is no dead letter topic. */
  readonly outcomeWithoutTopic: 'drop' | 'retry';
  /** No rule could be applied to it, so the app was not called and no delivery is recorded. */
  readonly isUnroutable?: boolean;
}

/** Storing a dead letter is retried for as long as the broker will not deliver its message again. */
const storeBackoff = { firstMs: 1000, maxMs: 30_000 };

/** Publishes undeliverable messages to the dead letter topic when there is one. */
export function deadLetterHandler(
  options: DeadLetterOptions,
): (undelivered: UndeliveredMessage) => Promise<DeliveryOutcome> {
  const { target, recorder, random, clock, log, signal, deadLetterTopic } = options;

  const withoutDeadLetterTopic = (
    { message, outcomeWithoutTopic, isUnroutable }: UndeliveredMessage,
    logFields: LogFields,
  ): DeliveryOutcome => {
    if (outcomeWithoutTopic === 'drop')
      log.warn(logFields, 'event dropped: it cannot be delivered and there is no dead letter topic');
    else if (message.isLastAttempt)
      log.error(
        { event: 'event-given-up', ...logFields },
        'event lost: the broker will not redeliver it and there is no dead letter topic',
      );
    else if (isUnroutable) log.warn(logFields, 'a routing rule cannot be applied to the event, it will be redelivered');
    else log.debug(logFields, 'delivery rejected, will retry');
    return outcomeWithoutTopic;
  };

  return async (undelivered) => {
    const { message, event, reason } = undelivered;
    const attempts = undelivered.attempts ?? message.attempt ?? 1;
    const topic = target.ofBroker(message.topic);
    const id = idOf(event);
    const { consumer } = target;
    const logFields: ActivityAttributes['dead-letter'] = {
      pubsub: target.name,
      topic,
      consumer,
      id: id ?? '',
      attempt: attempts,
      reason,
    };
    // a message from the dead letter topic must not be sent there again, in a loop
    if (
      deadLetterTopic === undefined ||
      deadLetterTopic === topic ||
      deadLetterTopic === event?.attributes.deadlettertopic
    )
      return withoutDeadLetterTopic(undelivered, logFields);
    const original = event && { data: event.data, attributes: event.attributes, id: id ?? random.uuid() };
    const deadLetter = deadLetterMessage(message, original, { reason, topic, consumer, attempts });
    const outgoing = { ...deadLetter, id: deadLetter.id ?? random.uuid(), topic: target.onBroker(deadLetterTopic) };
    const start: ActivityStart<'dead-letter'> = {
      kind: 'dead-letter',
      name: deadLetterTopic,
      attributes: logFields,
      input: deadLetter.data,
    };
    for (let failures = 1; ; failures++) {
      try {
        await recorder.record(callForEvent(event, options), start, (call) => target.broker.publish(call, outgoing));
        log.warn({ event: 'dead-letter', ...logFields, deadLetterTopic }, 'event moved to the dead letter topic');
        return 'drop';
      } catch (cause) {
        const errorFields = { event: 'dead-letter-failed', ...logFields, deadLetterTopic, error: textOf(cause) };
        log.error(errorFields, 'dead letter could not be stored, will retry');
      }
      if (!message.isLastAttempt || signal.aborted) return 'retry';
      await sleep(clock, backoffDelay(failures, storeBackoff), signal).catch(() => {});
    }
  };
}

/** A call in the event's own trace, or in a new one. */
export function callForEvent(
  event: ReceivedEvent | undefined,
  { newCall, signal }: Pick<DeadLetterOptions, 'newCall' | 'signal'>,
): Call {
  const trace = event && traceOfEvent(event.attributes);
  const baggage = event?.attributes.baggage;
  return {
    ...(trace ? { trace, signal } : newCall(signal)),
    ...(typeof baggage === 'string' && baggage !== '' ? { baggage } : {}),
  };
}

/**
 * An unavailable app has not decided about the event: it stays with the broker until the app is back. Upstream sends it
 * to the dead letter topic, so a restart of the app would move its backlog there. Only a message that the broker will
 * not deliver again cannot stay with it.
 */
export function staysWithBroker(cause: unknown, { isLastAttempt }: IncomingMessage, signal: AbortSignal): boolean {
  if (isLastAttempt) return false;
  return signal.aborted || (cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable');
}

function idOf(event: ReceivedEvent | undefined): string | undefined {
  const id = event?.attributes.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
