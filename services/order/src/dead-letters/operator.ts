import { ProblemError } from '@outrigger/sdk';
import type { CloudEvent } from '@outrigger/sdk';
import { pubsub } from '@tidewater/contracts/topics.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import type { World } from '@tidewater/kit/world.ts';
import type { DeadLetterRepository, DeadLetterState, StoredDeadLetter } from './repository.ts';

export interface Decisions {
  readonly done: readonly string[];
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** What staff decide about open dead letters. */
export interface DeadLetterOperator {
  /** Publishes the event again, under a new id and in its own trace. Throws 404, or 409 for one that is closed. */
  redrive(id: string): Promise<StoredDeadLetter>;
  discard(id: string): Promise<StoredDeadLetter>;
  /** One after the other; what fails does not stop the rest. */
  all(ids: readonly string[], decide: (id: string) => Promise<unknown>): Promise<Decisions>;
}

const publishTimeoutMs = 4_000;

export function deadLetterOperator(
  { client, chance, clock, log }: Pick<World, 'client' | 'chance' | 'clock' | 'log'>,
  letters: DeadLetterRepository,
): DeadLetterOperator {
  const publish = async (letter: StoredDeadLetter): Promise<void> => {
    const { data } = JSON.parse(letter.event) as Partial<CloudEvent>;
    if (letter.topic === 'unknown' || data === undefined)
      throw conflict('not-redrivable', `Dead letter ${letter.id} does not say where its data goes. Discard it.`);
    // Brokers drop an id that they have seen, and consumers handle one once.
    const event = { pubsub, topic: letter.topic, type: letter.eventType, id: chance.uuid(), data };
    await client.context.run({ traceparent: letter.traceparent }, () =>
      client.publish(event, { timeoutMs: publishTimeoutMs }),
    );
  };

  const decide = async (
    id: string,
    state: Exclude<DeadLetterState, 'open'>,
    work: (letter: StoredDeadLetter) => Promise<void>,
  ): Promise<StoredDeadLetter> => {
    const decidedAt = new Date(clock.now());
    let decided: StoredDeadLetter | undefined;
    await letters.decide(id, state, decidedAt, async (letter) => {
      if (letter === undefined) throw deadLetterNotFound(id);
      if (letter.state !== 'open') throw conflict('already-decided', `Dead letter ${id} is ${letter.state} already.`);
      await work(letter);
      decided = { ...letter, state, decidedAt };
    });
    if (decided === undefined) throw deadLetterNotFound(id);
    const { app, eventId, orderId } = decided;
    log.info({ event: 'dead-letter-decided', id, state, consumer: app, eventId, orderId }, 'a dead letter was decided');
    return decided;
  };

  return {
    redrive: (id) => decide(id, 'redriven', publish),
    discard: (id) => decide(id, 'discarded', async () => {}),
    async all(ids, decideOne) {
      const done: string[] = [];
      const failed: { id: string; reason: string }[] = [];
      for (const id of new Set(ids)) {
        try {
          await decideOne(id);
          done.push(id);
        } catch (error) {
          if (!(error instanceof ProblemError)) log.error({ event: 'dead-letter-undecided', id, error }, 'not decided');
          failed.push({ id, reason: error instanceof Error ? error.message : String(error) });
        }
      }
      return { done, failed };
    },
  };
}

export const deadLetterNotFound = (id: string): ProblemError => notFound(`There is no dead letter ${id}.`);
