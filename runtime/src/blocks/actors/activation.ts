import type { Call } from '#core/call.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import type { TraceContext } from '#core/trace.ts';
import type { ActorTypeConfig } from './actor-config.ts';
import { actorTurnOver } from './errors.ts';
import type { ActorRef, Fence, ReminderChange } from './ports.ts';
import { TurnQueue } from './turn-queue.ts';

/** One turn: from the moment an actor is entered until it is left, nested calls of the same chain included. */
export interface Turn {
  /**
   * `<activation>.<number>`, told to the app as `x-outrigger-turn`. The app may send it back with what it saves, so that
   * a late commit of an ended turn is refused; and a copy of the state that it kept from another activation is stale.
   */
  readonly id: string;
  /** Set while a reminder fires: joins the turn's first commit, so that a firing and its effects happen together. */
  advance?: ReminderChange;
  /** The span under which the app was asked: what it does in return belongs there. */
  trace?: TraceContext;
}

/** An actor that lives on this host now: its queue, its timers, and the fence under which it may write. */
export class Activation {
  readonly actor: ActorRef;
  readonly fence: Fence;
  readonly config: ActorTypeConfig;
  readonly queue: TurnQueue;
  /** By name; each ends one timer for good. */
  readonly timers = new Map<string, Cancel>();
  /** The turn that runs. */
  turn: Turn | undefined;
  lastUsed: number;
  cancelIdle: Cancel = () => {};
  /** Set once the actor is on its way out; resolves when it is gone. */
  closing: Promise<void> | undefined;
  readonly #abort = new AbortController();
  readonly #name: string;
  #turns = 0;

  /** `serial` tells apart the activations of one host. */
  constructor(actor: ActorRef, fence: Fence, config: ActorTypeConfig, dependencies: { clock: Clock; serial: number }) {
    const { clock, serial } = dependencies;
    this.#name = `${fence.hostId}-${serial}`;
    this.actor = actor;
    this.fence = fence;
    this.config = config;
    this.queue = new TurnQueue(clock, config.maxStackDepth);
    this.lastUsed = clock.monotonic();
  }

  /** Aborts when turns of this actor must end now. Not when a caller goes away: a turn that began runs to its end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** The call under which something of this actor is done: it ends with the actor, not with its caller. */
  callFor(call: Call): Call {
    return { ...call, signal: this.#abort.signal };
  }

  /** The call under which a turn asks the app. */
  callInTurn(call: Call): Call {
    if (this.turn) this.turn.trace = call.trace;
    return this.callFor(call);
  }

  nextTurnId(): string {
    return `${this.#name}.${++this.#turns}`;
  }

  cancelTimers(): void {
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  /** Refuses a commit that names another turn than the one that runs. */
  checkTurn(id: string | undefined): void {
    if (id !== undefined && this.turn?.id !== id) throw actorTurnOver(this.actor.type, this.actor.id);
  }
}
