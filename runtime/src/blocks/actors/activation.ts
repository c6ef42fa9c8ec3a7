import type { Call } from '#core/call.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import type { TraceContext } from '#core/trace.ts';
import type { ActorTypeConfig } from './actor-config.ts';
import { actorTurnOver } from './errors.ts';
import type { ActorRef, Fence, ReminderChange } from './ports.ts';
import { TurnQueue } from './turn-queue.ts';

/** One turn: from entering an actor until leaving it, including nested calls of the same chain. */
export interface Turn {
  /**
   * `<activation>.<number>`, sent to the app as `x-outrigger-turn`. The app may return it with what it saves, so that a
   * late commit of an ended turn is rejected; and state that the app cached under another activation is stale.
   */
  readonly id: string;
  /**
   * Set while a reminder fires: it joins the turn's first commit, so that a firing and its effects are committed
   * together.
   */
  advance?: ReminderChange;
  /** The span of the call to the app: calls that the app makes in this turn belong to it. */
  trace?: TraceContext;
}

/** An actor that is active on this host: its queue, its timers, and the fence under which it may write. */
export class Activation {
  readonly actor: ActorRef;
  readonly fence: Fence;
  readonly config: ActorTypeConfig;
  readonly queue: TurnQueue;
  /** By name; each function stops its timer. */
  readonly timers = new Map<string, Cancel>();
  /** The current turn. */
  turn: Turn | undefined;
  lastUsed: number;
  cancelIdle: Cancel = () => {};
  /** Set once the actor is being deactivated; resolves when it is removed. */
  closing: Promise<void> | undefined;
  readonly #abort = new AbortController();
  readonly #name: string;
  #turns = 0;

  /** `serial` distinguishes the activations of one host. */
  constructor(actor: ActorRef, fence: Fence, config: ActorTypeConfig, dependencies: { clock: Clock; serial: number }) {
    const { clock, serial } = dependencies;
    this.#name = `${fence.hostId}-${serial}`;
    this.actor = actor;
    this.fence = fence;
    this.config = config;
    this.queue = new TurnQueue(clock, config.maxStackDepth);
    this.lastUsed = clock.monotonic();
  }

  /**
   * Aborts when turns of this actor must end now. A disconnected caller does not abort it: a turn that began runs to
   * its end.
   */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** The call for work of this actor: it ends with the actor, not with its caller. */
  callFor(call: Call): Call {
    return { ...call, signal: this.#abort.signal };
  }

  /** The call for a request to the app inside a turn. */
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

  /** Rejects a commit that names a turn other than the current one. */
  checkTurn(id: string | undefined): void {
    if (id !== undefined && this.turn?.id !== id) throw actorTurnOver(this.actor.type, this.actor.id);
  }
}
