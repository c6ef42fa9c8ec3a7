import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Chance } from '#core/chance.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { traceOfEvent } from '#core/received-event.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import type { IncomingMessage, Verdict } from './broker.ts';
import { deadLetter } from './dead-letter.ts';
import type { Target } from './targets.ts';

export interface UndeliveredOptions {
  readonly target: Target;
  readonly deadLetterTopic?: string;
  readonly recorder: Recorder;
  readonly chance: Chance;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A message that will not reach the app now, and why. */
export interface Undelivered {
  readonly message: IncomingMessage;
  readonly event?: ReceivedEvent | undefined;
  readonly reason: string;
  /** What the broker is told when there is no dead letter topic. */
  readonly otherwise: Verdict;
  /** No rule could be applied to it, so the app was not asked and no delivery is recorded. */
  readonly isUnroutable?: boolean;
}

/** Puts what cannot be delivered into the dead letter topic when there is one. */
export function undeliveredBox(options: UndeliveredOptions): (undelivered: Undelivered) => Promise<Verdict> {
  const { target, recorder, chance, log, deadLetterTopic } = options;
  return async ({ message, event, reason, otherwise, isUnroutable }) => {
    const { attempt } = message;
    const topic = target.ofBroker(message.topic);
    const id = idOf(event);
    const facts = { pubsub: target.name, topic, id: id ?? '', attempt: attempt ?? 0, reason };
    if (deadLetterTopic === undefined) {
      if (otherwise === 'ack')
        log.warn(facts, 'event dropped: it cannot be delivered and there is no dead letter topic');
      else if (isUnroutable) log.warn(facts, 'a rule cannot be applied to the event, which will come again');
      else log.debug(facts, 'delivery refused, will retry');
      return otherwise;
    }
    const letter = deadLetter(message, event && { data: event.data, id: id ?? chance.uuid() }, {
      reason,
      topic,
      consumer: target.consumer,
      ...(attempt === undefined ? {} : { attempts: attempt }),
    });
    const outgoing = { ...letter, id: letter.id ?? chance.uuid(), topic: target.onBroker(deadLetterTopic) };
    try {
      const start = { kind: 'dead-letter', name: deadLetterTopic, attributes: facts, input: letter.data } as const;
      await recorder.record(callOf(event, options), start, (call) => target.broker.publish(call, outgoing));
      log.warn({ ...facts, deadLetterTopic }, 'event moved to the dead letter topic');
      return 'ack';
    } catch (cause) {
      log.error({ ...facts, deadLetterTopic, error: textOf(cause) }, 'dead letter could not be stored, will retry');
      return 'retry';
    }
  };
}

/** A call in the event's own trace, or in a new one. */
export function callOf(
  event: ReceivedEvent | undefined,
  { chance, signal }: Pick<UndeliveredOptions, 'chance' | 'signal'>,
): Call {
  const trace = event && traceOfEvent(event.attributes);
  const baggage = event?.attributes.baggage;
  return {
    trace: trace ?? { traceId: chance.hex(16), spanId: chance.hex(8), sampled: true },
    signal,
    ...(typeof baggage === 'string' && baggage !== '' ? { baggage } : {}),
  };
}

/**
 * An app that is away has said nothing about the event: it stays with the broker until the app is back. Upstream sends it
 * to the dead letter topic, so a restart of the app would sweep its backlog there.
 */
export function staysWithBroker(cause: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (cause instanceof RuntimeError && cause.kind.grpc === 'Unavailable');
}

function idOf(event: ReceivedEvent | undefined): string | undefined {
  const id = event?.attributes.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
