import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Activation } from './activation.ts';
import { hasCode, timerCreateFailed } from './errors.ts';
import type { KeyedConcurrencyLimiter } from './keyed-concurrency-limiter.ts';
import type { ActorApp, ActorRef } from './ports.ts';
import { type Schedule, type ScheduleRequest, nextFiring, parseSchedule } from './schedule.ts';
import type { Turns } from './turns.ts';

export interface TimerRequest extends ScheduleRequest {
  readonly callback?: string;
}

/** One timer, from `set` until it is replaced, deleted or exhausted, or its actor is deactivated. */
interface Timer {
  readonly activation: Activation;
  readonly name: string;
  readonly request: TimerRequest;
  /** The trace it was set in: its effects belong to the same trace. */
  readonly call: Call;
  isStopped: boolean;
}

/**
 * Timers belong to their actor's activation and end with it. Each fires in a turn of its actor and keeps its phase:
 * late firings are delivered one after the other.
 */
export class Timers {
  readonly #turns: Turns;
  readonly #limiter: KeyedConcurrencyLimiter;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(parts: { turns: Turns; limiter: KeyedConcurrencyLimiter; recorder: Recorder; clock: Clock; log: Log }) {
    this.#turns = parts.turns;
    this.#limiter = parts.limiter;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /**
   * Sets it on the active actor, activating it when needed. Throws `actorNotHere` when the actor is placed elsewhere.
   */
  async set(call: Call, actor: ActorRef, name: string, request: TimerRequest): Promise<void> {
    const schedule = parseSchedule(`timer ${name}`, request, this.#clock.now());
    const start: ActivityStart<'timer.set'> = {
      kind: 'timer.set',
      name: `${actor.type}/${actor.id}/${name}`,
      attributes: actorAttributes(actor),
    };
    await this.#recorder.record(call, start, async (setting, scope) => {
      const { data } = request;
      if (data !== undefined) scope.input(Buffer.from(data));
      const activation = await this.#activationOf(setting, actor);
      // An actor in its last turn sets no timer: it would be lost with the activation.
      if (activation.closing) return;
      activation.timers.get(name)?.();
      activation.timers.delete(name);
      if (schedule.expiresAt !== undefined && schedule.expiresAt <= schedule.dueAt) return;
      const timer: Timer = { activation, name, request, call: activation.callFor(setting), isStopped: false };
      this.#arm(timer, schedule);
    });
  }

  /** Deleting a timer that does not exist succeeds. */
  delete(actor: ActorRef, name: string): void {
    const activation = this.#turns.active(actor);
    activation?.timers.get(name)?.();
    activation?.timers.delete(name);
  }

  async #activationOf(call: Call, actor: ActorRef): Promise<Activation> {
    try {
      return this.#turns.active(actor) ?? (await this.#turns.activationFor(call, actor));
    } catch (cause) {
      throw hasCode(cause, 'ERR_ACTOR_NOT_HERE') ? cause : withCause(timerCreateFailed(textOf(cause)), cause);
    }
  }

  #arm(timer: Timer, schedule: Schedule): void {
    const cancel = this.#clock.after(schedule.dueAt - this.#clock.now(), () => {
      const { actor } = timer.activation;
      void this.#limiter.run(`${actor.type}/${actor.id}`, () => this.#fire(timer, schedule));
    });
    timer.activation.timers.set(timer.name, () => {
      timer.isStopped = true;
      cancel();
    });
  }

  async #fire(timer: Timer, schedule: Schedule): Promise<void> {
    if (timer.isStopped) return;
    const { activation, call, name } = timer;
    const { actor } = activation;
    let isCancelled = false;
    try {
      await this.#turns.run(call, actor, {}, async (turn, _activation, app) => {
        if (timer.isStopped) return;
        isCancelled = await this.#callApp(timer, app, turn.id);
      });
    } catch (cause) {
      // Dapr does not retry timers: the next firing follows anyway.
      this.#log.warn(
        { actorType: actor.type, actorId: actor.id, timer: name, cause: textOf(cause) },
        'a timer callback failed',
      );
    }
    if (timer.isStopped) return;
    const next = isCancelled ? undefined : nextFiring(schedule, this.#clock.now());
    if (next) this.#arm(timer, next);
    else activation.timers.delete(name);
  }

  #callApp(timer: Timer, app: ActorApp, turn: string): Promise<boolean> {
    const { activation, call, name, request } = timer;
    const { actor } = activation;
    const { data } = request;
    const start: ActivityStart<'timer.fire'> = {
      kind: 'timer.fire',
      name: `${actor.type}/${actor.id}/${name}`,
      attributes: { ...actorAttributes(actor), callback: request.callback ?? '' },
      ...(data === undefined ? {} : { input: Buffer.from(data) }),
    };
    return this.#recorder.record(call, start, async (firing) => {
      const { cancel } = await app.timer(activation.callInTurn(firing), actor, name, {
        callback: request.callback ?? '',
        ...(data === undefined ? {} : { data }),
        dueTime: request.dueTime ?? '',
        period: request.period ?? '',
        turn,
      });
      return cancel;
    });
  }
}

function actorAttributes(actor: ActorRef): { actorType: string; actorId: string } {
  return { actorType: actor.type, actorId: actor.id };
}
