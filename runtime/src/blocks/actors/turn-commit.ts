import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { formatTraceparent } from '#core/trace.ts';
import type { Activation } from './activation.ts';
import { checkName } from './actor-name.ts';
import { actorInstanceMissing, badActorRequest } from './errors.ts';
import type { EventPublisher, PreparedEvent } from './outbox-relay.ts';
import type { ActorRef, ActorStateOperation, OutboxEvent, ReminderChange } from './ports.ts';
import type { ReminderRequest, Reminders } from './reminders.ts';
import type { Turns } from './turns.ts';
import type { Writes } from './writes.ts';

/** The changes of one turn, to be committed together. */
export interface TurnRequest {
  readonly operations: readonly ActorStateOperation[];
  readonly reminders: readonly (
    | { readonly operation: 'set'; readonly name: string; readonly request: ReminderRequest }
    | { readonly operation: 'delete'; readonly name: string }
  )[];
  readonly events: readonly TurnEvent[];
  /** The received body, for the activity record. */
  readonly raw?: Uint8Array;
}

export interface TurnEvent {
  readonly pubsubName: string;
  readonly topic: string;
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface TurnLimits {
  readonly operations: number;
  readonly reminders: number;
  readonly events: number;
  /** Maximum size of one complete event: brokers reject larger messages, and then the outbox could never be emptied. */
  readonly eventBytes: number;
}

export const defaultTurnLimits: TurnLimits = { operations: 1000, reminders: 100, events: 256, eventBytes: 1_000_000 };

/** Commits changes of actors: state alone, or a whole turn. */
export class TurnCommit {
  readonly #turns: Turns;
  readonly #writes: Writes;
  readonly #reminders: Reminders;
  readonly #publisher: EventPublisher;
  readonly #recorder: Recorder;
  readonly #limits: TurnLimits;

  constructor(parts: {
    turns: Turns;
    writes: Writes;
    reminders: Reminders;
    publisher: EventPublisher;
    recorder: Recorder;
    limits: TurnLimits;
  }) {
    this.#turns = parts.turns;
    this.#writes = parts.writes;
    this.#reminders = parts.reminders;
    this.#publisher = parts.publisher;
    this.#recorder = parts.recorder;
    this.#limits = parts.limits;
  }

  /**
   * Commits state, reminders and events atomically. The actor must be active on this host; `turnId`, when given, must
   * name the current turn. When a reminder fires in this turn, its firing is written in the same commit.
   */
  async commit(call: Call, actor: ActorRef, request: TurnRequest, turnId: string | undefined): Promise<void> {
    const activation = this.#turns.active(actor);
    if (!activation) throw actorInstanceMissing();
    activation.checkTurn(turnId);
    this.#checkCounts(request);
    const start: ActivityStart<'actor.commit'> = {
      kind: 'actor.commit',
      name: `${actor.type}/${actor.id}`,
      attributes: {
        actorType: actor.type,
        actorId: actor.id,
        writes: request.operations.map((operation) => operation.key).join(' '),
        reminders: request.reminders.map(({ operation, name }) => `${operation} ${name}`).join(', '),
        events: request.events.map((event) => event.topic).join(' '),
      },
      ...(request.raw === undefined ? {} : { input: request.raw }),
    };
    await this.#recorder.record(call, start, (committing) => this.#write(committing, activation, request));
  }

  async #write(call: Call, activation: Activation, request: TurnRequest): Promise<void> {
    const { actor, fence } = activation;
    const changes = request.reminders.map((change): ReminderChange => {
      checkName('reminder name', change.name);
      return change.operation === 'delete'
        ? { kind: 'delete', name: change.name }
        : this.#reminders.change(call, actor, change.name, change.request);
    });
    const events = request.events.map((event) => this.#prepare(call, event));
    const { turn } = activation;
    const advance = turn?.advance;
    // First, so that a turn which sets its own reminder again replaces the result of the firing.
    const reminders = advance ? [advance, ...changes] : changes;
    await this.#writes.commit(call, actor, fence, { operations: request.operations, reminders, events });
    if (turn && turn.advance === advance) turn.advance = undefined;
  }

  #prepare(call: Call, event: TurnEvent): OutboxEvent {
    const { pubsubName, topic, data, contentType, metadata } = event;
    const message = this.#prepared(call, { pubsubName, topic, data, dataContentType: contentType, metadata });
    if (message.data.length > this.#limits.eventBytes)
      throw badActorRequest(
        `the event for ${topic} has ${message.data.length} bytes, more than the ${this.#limits.eventBytes} an outbox takes`,
      );
    return { ...message, pubsub: pubsubName, traceparent: formatTraceparent(call.trace) };
  }

  /**
   * A missing pubsub is 404 on its own route. Here it is an error in the body: 404 would mean that this route does not
   * exist.
   */
  #prepared(call: Call, request: Parameters<EventPublisher['prepare']>[1]): PreparedEvent {
    try {
      return this.#publisher.prepare(call, request);
    } catch (cause) {
      if (cause instanceof RuntimeError && cause.kind.http === 404)
        throw withCause(badActorRequest(textOf(cause)), cause);
      throw cause;
    }
  }

  #checkCounts(request: TurnRequest): void {
    for (const part of ['operations', 'reminders', 'events'] as const)
      if (request[part].length > this.#limits[part])
        throw badActorRequest(`a turn takes at most ${this.#limits[part]} ${part}, not ${request[part].length}`);
  }
}
