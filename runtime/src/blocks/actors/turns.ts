import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import { type ActorConfig, type ActorTypeConfig, noActors } from './actor-config.ts';
import { Activation, type Turn } from './activation.ts';
import {
  actorInvokeFailed,
  actorNoAppChannel,
  actorNotHere,
  actorRuntimeClosed,
  actorTurnEnded,
  hasCode,
} from './errors.ts';
import { KeyedConcurrencyLimiter } from './keyed-concurrency-limiter.ts';
import { partitionOf } from './partition.ts';
import type { Placement } from './placement.ts';
import type { ActorApp, ActorRef, Fence } from './ports.ts';

/** After this time a caller gets the error that no turn became free. */
const turnWaitTimeoutMs = 60_000;
const deactivateTimeoutMs = 2000;
const maxConcurrentDeactivations = 32;
/** Ended turns of a type are logged once in this time. */
const forcedLogIntervalMs = 1000;

export interface TurnOptions {
  /** The call chain (`Dapr-Reentrancy-Id`), when the caller has one. */
  readonly chain?: string;
}

/** What runs inside a turn. */
export type TurnWork<T> = (turn: Turn, activation: Activation, app: ActorApp) => Promise<T>;

export interface TurnsOptions {
  readonly placement: Placement;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  /** A call of the sidecar itself, for work that has no caller. */
  readonly sidecarCall: () => Call;
}

/** The actors that are active on this host, and their turns. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #activeByType = new Map<string, Map<string, Activation>>();
  readonly #deactivations = new KeyedConcurrencyLimiter(maxConcurrentDeactivations);
  /** By type, when ended turns were last logged. */
  readonly #forcedAt = new Map<string, number>();
  #config: ActorConfig = noActors;
  #app: ActorApp | undefined;
  #activations = 0;
  #isStopping = false;
  #isClosed = false;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Turns are sent to this app from now on. */
  serve(app: ActorApp, config: ActorConfig): void {
    this.#app = app;
    this.#config = config;
  }

  configOf(type: string): ActorTypeConfig | undefined {
    return this.#config.types.get(type);
  }

  types(): readonly string[] {
    return [...this.#config.types.keys()];
  }

  countOf(type: string): number {
    return this.#activeByType.get(type)?.size ?? 0;
  }

  /** The actor when it is active here; while it is being deactivated, only as long as its last turn runs. */
  active(actor: ActorRef): Activation | undefined {
    const activation = this.#activeByType.get(actor.type)?.get(actor.id);
    return activation?.closing === undefined || !activation.queue.isIdle ? activation : undefined;
  }

  /**
   * Runs `work` as one turn of the actor, activating it first. Throws `actorNotHere` when this host may not run it:
   * then nothing was run.
   */
  async run<T>(call: Call, actor: ActorRef, options: TurnOptions, work: TurnWork<T>): Promise<T> {
    const activation = await this.activationFor(call, actor, options);
    const { queue } = activation;
    const isInside = queue.isHeldBy(options.chain);
    const wait = queue.acquire(options.chain, call.signal, turnWaitTimeoutMs);
    if (wait) await wait;
    // The wait may have been long: check again that this host may run the turn.
    if (!isInside && !this.#mayRun(activation)) {
      queue.release();
      throw actorNotHere(actor.type, actor.id);
    }
    const turn = (activation.turn ??= { id: activation.nextTurnId() });
    try {
      if (!this.#app) throw actorNoAppChannel();
      return await work(turn, activation, this.#app);
    } finally {
      if (queue.depth === 1) activation.turn = undefined;
      activation.lastUsed = this.#options.clock.monotonic();
      queue.release();
    }
  }

  /** The active actor, activated when it was not. Does not take a turn. */
  async activationFor(call: Call, actor: ActorRef, options: TurnOptions = {}): Promise<Activation> {
    const existing = this.#activeByType.get(actor.type)?.get(actor.id);
    // A chain inside the actor may continue while the actor is being drained: otherwise the turn could not end.
    if (existing?.queue.isHeldBy(options.chain)) return existing;
    if (existing?.closing) await existing.closing;
    if (this.#isClosed) throw actorRuntimeClosed();
    const fence = this.#options.placement.fence(actor.type, partitionOf(actor.id));
    const config = this.#config.types.get(actor.type);
    if (!fence || !config) throw actorNotHere(actor.type, actor.id);
    const current = this.#activeByType.get(actor.type)?.get(actor.id);
    if (!current) return this.#activate(call, actor, fence, config);
    if (current.fence !== fence) throw actorNotHere(actor.type, actor.id);
    return current;
  }

  /** Ends the turns of these partitions and removes their actors; see `PartitionListener.onRevoked`. */
  async deactivatePartitions(
    fences: readonly Fence[],
    limitMs: number,
    onEmptied: (fence: Fence) => void,
  ): Promise<void> {
    const affected = new Map<Fence, Activation[]>(fences.map((fence) => [fence, []]));
    for (const actors of this.#activeByType.values())
      for (const activation of actors.values()) affected.get(activation.fence)?.push(activation);
    const reason = this.#isStopping ? 'stopping' : 'moved';
    const unnotified = await Promise.all(
      Array.from(affected, async ([fence, activations]) => {
        const count = activations.length > 0 ? await this.#deactivateAll(activations, reason, limitMs) : 0;
        onEmptied(fence);
        return count;
      }),
    );
    this.#logUnnotified(
      unnotified.reduce((sum, count) => sum + count, 0),
      reason,
    );
  }

  /** Actors that are deactivated from now on are so because the sidecar stops. */
  markStopping(): void {
    this.#isStopping = true;
  }

  /** Starts no new turns; waits for running ones within their drain timeout and deactivates every actor. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#isClosed = true;
    const all = [...this.#activeByType.values()].flatMap((actors) => [...actors.values()]);
    this.#logUnnotified(await this.#deactivateAll(all, 'stopping', Number.POSITIVE_INFINITY), 'stopping');
  }

  #mayRun(activation: Activation): boolean {
    const { fence, closing } = activation;
    return closing === undefined && this.#options.placement.fence(fence.type, fence.partition) === fence;
  }

  #activate(call: Call, actor: ActorRef, fence: Fence, config: ActorTypeConfig): Activation {
    const { clock, recorder, log } = this.#options;
    const activation = new Activation(actor, fence, config, { clock, serial: ++this.#activations });
    let actors = this.#activeByType.get(actor.type);
    if (!actors) this.#activeByType.set(actor.type, (actors = new Map<string, Activation>()));
    actors.set(actor.id, activation);
    this.#watchIdle(activation, config.idleTimeoutMs);
    // Activation is an activity without a call to the app: nothing waits for its record.
    const attributes = { actorType: actor.type, actorId: actor.id };
    recorder
      .record(call, { kind: 'actor.activate', name: `${actor.type}/${actor.id}`, attributes }, async () => {})
      .catch((cause: unknown) => log.warn({ cause: textOf(cause) }, 'recording an activation failed'));
    return activation;
  }

  #watchIdle(activation: Activation, delayMs: number): void {
    const { clock } = this.#options;
    activation.cancelIdle = clock.after(delayMs, () => {
      const idleMs = activation.queue.isIdle ? clock.monotonic() - activation.lastUsed : 0;
      const remainingMs = activation.config.idleTimeoutMs - idleMs;
      if (remainingMs > 0) this.#watchIdle(activation, remainingMs);
      else void this.#deactivateAll([activation], 'idle', 0);
    });
  }

  /**
   * All actors stop taking turns at once; only the calls to the app are limited. Returns how many of them the app did
   * not receive.
   */
  async #deactivateAll(activations: readonly Activation[], reason: string, limitMs: number): Promise<number> {
    let unnotified = 0;
    const deactivate = async (activation: Activation, stopped: Promise<void>): Promise<void> => {
      await stopped;
      const { type, id } = activation.actor;
      await this.#deactivations.run(`${type}/${id}`, async () => {
        if (!(await this.#forget(activation, reason))) unnotified++;
      });
    };
    await Promise.all(
      activations.map((activation) => {
        if (activation.closing) this.#endWithin(activation, limitMs);
        else {
          const removed = Promise.withResolvers<void>();
          activation.closing = removed.promise;
          void deactivate(activation, this.#stopTurns(activation, limitMs)).finally(removed.resolve);
        }
        return activation.closing;
      }),
    );
    return unnotified;
  }

  #logUnnotified(actors: number, reason: string): void {
    if (actors > 0)
      this.#options.log.info(
        { actors, reason },
        'actors deactivated without notifying the app, which is stopping or unavailable',
      );
  }

  /** Resolves when no turn of the actor runs; after the limit running ones are aborted. */
  async #stopTurns(activation: Activation, limitMs: number): Promise<void> {
    const { actor, queue, config } = activation;
    activation.cancelIdle();
    activation.cancelTimers();
    queue.rejectWaiting(() => actorNotHere(actor.type, actor.id));
    if (queue.isIdle) return;
    const drainMs = config.waitsForTurns ? Math.min(config.drainTimeoutMs, limitMs) : 0;
    this.#endWithin(activation, drainMs);
    await queue.idle();
  }

  /** Aborts the running turn unless it has ended by then. */
  #endWithin(activation: Activation, limitMs: number): void {
    const { queue, signal, actor } = activation;
    if (queue.isIdle || signal.aborted) return;
    const { clock, log } = this.#options;
    const end = (): void => {
      if (queue.isIdle || signal.aborted) return;
      const logFields = { actorType: actor.type, actorId: actor.id, waitedMs: limitMs };
      log.warn(logFields, 'turn aborted, its actor leaves this host');
      if (limitMs > 0) this.#logForced(actor.type);
      activation.abort(actorTurnEnded(`after ${limitMs} ms`));
    };
    if (limitMs <= 0) return end();
    const cancel = clock.after(limitMs, end);
    void queue.idle().then(cancel);
  }

  /** The message of the reference, for log searches. */
  #logForced(type: string): void {
    const { clock, log } = this.#options;
    const now = clock.monotonic();
    if (now - (this.#forcedAt.get(type) ?? Number.NEGATIVE_INFINITY) < forcedLogIntervalMs) return;
    this.#forcedAt.set(type, now);
    log.error(
      {},
      `Timed out waiting for actor type '${type}' in-flight lock claims to be released for rebalanced types, force cancelling remaining claims`,
    );
  }

  /** False when the app could not be notified, which is expected when it is stopping or unavailable. */
  async #forget(activation: Activation, reason: string): Promise<boolean> {
    const { recorder, clock, log, sidecarCall } = this.#options;
    const { actor } = activation;
    const app = this.#app;
    const start: ActivityStart<'actor.deactivate'> = {
      kind: 'actor.deactivate',
      name: `${actor.type}/${actor.id}`,
      attributes: { actorType: actor.type, actorId: actor.id, reason },
    };
    const timeoutError = (): Error => actorInvokeFailed(`the app did not deactivate within ${deactivateTimeoutMs} ms`);
    try {
      if (app)
        await recorder.record(sidecarCall(), start, (call) =>
          withTimeout(clock, deactivateTimeoutMs, (signal) => app.deactivate({ ...call, signal }, actor), timeoutError),
        );
    } catch (cause) {
      const isRejection = !this.#isStopping && hasCode(cause, 'ERR_ACTOR_INVOKE_METHOD');
      const logFields = { actorType: actor.type, actorId: actor.id, cause: textOf(cause) };
      log[isRejection ? 'warn' : 'debug'](logFields, 'deactivating an actor failed in the app');
      return isRejection;
    } finally {
      activation.abort(actorNotHere(actor.type, actor.id));
      this.#activeByType.get(actor.type)?.delete(actor.id);
    }
    return true;
  }
}
