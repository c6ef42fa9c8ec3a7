import { ProblemError } from '@outrigger/sdk';
import type { CloudEvent, OutgoingEvent } from '@outrigger/sdk';
import { pubsub } from '@tidewater/contracts/topics.ts';
import { loggableId } from '@tidewater/kit/failures.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { upcastChangedEvent } from '../domain/earlier-orders.ts';
import { messagesOf } from '../commands/order-messages.ts';
import { membersOf } from '../schema/valid-parts.ts';
import type { DeadLetterRepository, DeadLetterState, StoredDeadLetter } from './repository.ts';

export interface Decisions {
  readonly done: readonly string[];
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

export interface Decision {
  readonly deadLetter: StoredDeadLetter;
  /** It and the dead letters of other apps with the same event: published again, it reaches them too. */
  readonly closed: readonly string[];
}

/** Staff's decisions about open dead letters. */
export interface DeadLetterOperator {
  /** Publishes the event again, under a new id and in its own trace. Throws 404, or 409 for one that is closed. */
  redrive(id: string): Promise<Decision>;
  discard(id: string): Promise<Decision>;
  /** One after the other; a failure does not stop the rest, but ids that are not reached within 8 s are not tried. */
  decideAll(ids: readonly string[], decide: (id: string) => Promise<Decision>): Promise<Decisions>;
}

const publishTimeoutMs = 4_000;
/** While the broker does not respond each one takes its full timeout, and clients time out after 10 s. */
const bulkTimeoutMs = 8_000;

export function deadLetterOperator(
  { client, random, clock, log }: Pick<ServiceContext, 'client' | 'random' | 'clock' | 'log'>,
  deadLetters: DeadLetterRepository,
): DeadLetterOperator {
  const publish = async (deadLetter: StoredDeadLetter): Promise<void> => {
    const { data } = JSON.parse(deadLetter.event) as Partial<CloudEvent>;
    if (deadLetter.topic === 'unknown' || data === undefined)
      throw conflict('not-redrivable', `Dead letter ${deadLetter.id} has no known topic. Discard it.`);
    const { topic, eventType: type, traceparent } = deadLetter;
    const messages = earlierMessages(deadLetter, data) ?? [{ pubsub, topic, type, data }];
    // Brokers drop an id that they have seen, and consumers handle an id once.
    for (const message of messages)
      await client.context.run({ traceparent }, () =>
        client.publish({ ...message, id: random.uuid() }, { timeoutMs: publishTimeoutMs }),
      );
  };

  const decide = async (
    id: string,
    state: Exclude<DeadLetterState, 'open'>,
    work: (deadLetter: StoredDeadLetter) => Promise<void>,
  ): Promise<Decision> => {
    const decidedAt = new Date(clock.now());
    let decided: StoredDeadLetter | undefined;
    const closed = await deadLetters.decide(id, state, decidedAt, async (deadLetter) => {
      if (deadLetter === undefined) throw deadLetterNotFound(id);
      if (deadLetter.state !== 'open')
        throw conflict('already-decided', `Dead letter ${id} is ${deadLetter.state} already.`);
      await work(deadLetter);
      decided = { ...deadLetter, state, decidedAt };
    });
    if (decided === undefined) throw deadLetterNotFound(id);
    const { app, eventId, orderId } = decided;
    const ids = { eventId: loggableId(eventId), orderId: loggableId(orderId) };
    log.info({ event: 'dead-letter-decided', id, state, consumer: app, ...ids }, 'a dead letter was closed');
    return { deadLetter: decided, closed };
  };

  return {
    redrive: (id) => decide(id, 'redriven', publish),
    discard: (id) => decide(id, 'discarded', async () => {}),
    async decideAll(ids, decideOne) {
      const requestedIds = new Set(ids);
      const done = new Set<string>();
      const failed: { id: string; reason: string }[] = [];
      const deadline = clock.now() + bulkTimeoutMs;
      for (const id of requestedIds) {
        if (done.has(id)) continue;
        if (clock.now() >= deadline) {
          failed.push({ id, reason: 'It was not tried, those before took too long. Try again.' });
          continue;
        }
        try {
          const { closed } = await decideOne(id);
          for (const one of closed) if (requestedIds.has(one)) done.add(one);
        } catch (error) {
          if (!(error instanceof ProblemError))
            log.error({ event: 'dead-letter-undecided', id, error }, 'a dead letter could not be closed');
          failed.push({ id, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      return { done: [...done], failed };
    },
  };
}

/** What this version publishes for an event of an earlier one: its commands have topics of their own now. */
function earlierMessages({ id, eventType }: StoredDeadLetter, data: unknown): readonly OutgoingEvent[] | undefined {
  if (eventType !== 'order.changed') return undefined;
  try {
    const earlier = upcastChangedEvent(membersOf(data));
    return earlier && messagesOf(...earlier);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw conflict('not-redrivable', `Dead letter ${id} of an earlier version cannot be read: ${reason} Discard it.`);
  }
}

export const deadLetterNotFound = (id: string): ProblemError => notFound(`There is no dead letter ${id}.`);
