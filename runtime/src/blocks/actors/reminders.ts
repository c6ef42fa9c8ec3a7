import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { formatGoDuration, isCalendar } from '#core/duration.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import { formatTraceparent } from '#core/trace.ts';
import {
  actorNotHere,
  badActorRequest,
  hasCode,
  reminderCreateFailed,
  reminderDeleteFailed,
  reminderGetFailed,
  reminderNotFound,
} from './errors.ts';
import { partitionOf } from './partition.ts';
import type { Placement } from './placement.ts';
import type { ActorRef, ActorStore, Fence, Reminder, ReminderChange } from './ports.ts';
import { type ScheduleRequest, parseSchedule } from './schedule.ts';
import type { Turns } from './turns.ts';
import { type Writes, noChanges } from './writes.ts';

export interface ReminderRequest extends ScheduleRequest {
  /** Defaults to true. */
  readonly overwrite?: boolean;
  /** What happens to firings that the app rejects; Dapr's default policy when absent. */
  readonly failurePolicy?: FailurePolicy;
}

/** A reminder as the API returns it. */
export interface ReminderView {
  readonly actorType: string;
  readonly actorID: string;
  /** JSON text. */
  readonly data?: string;
  /** As it was given; undefined when it was not. */
  readonly dueTime?: string;
  /** In the scheduler's form, `@every 10s`. */
  readonly period?: string;
  readonly ttl?: string;
}

export interface NamedReminder {
  readonly name: string;
  readonly reminder: ReminderView;
}

/** Sets, reads and deletes durable reminders. `due-reminders.ts` fires them. */
export class Reminders {
  readonly #store: ActorStore;
  readonly #turns: Turns;
  readonly #writes: Writes;
  readonly #placement: Placement;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(parts: {
    store: ActorStore;
    turns: Turns;
    writes: Writes;
    placement: Placement;
    recorder: Recorder;
    clock: Clock;
    random: Random;
  }) {
    this.#store = parts.store;
    this.#turns = parts.turns;
    this.#writes = parts.writes;
    this.#placement = parts.placement;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** Builds the change that sets it, without writing it. Throws `badActorRequest` for invalid times. */
  change(call: Call, actor: ActorRef, name: string, request: ReminderRequest): ReminderChange {
    const now = this.#clock.now();
    const { dueAt, period, repetitions, expiresAt } = parseSchedule(`reminder ${name}`, request, now);
    if (period && isCalendar(period))
      throw badActorRequest(
        `reminder ${name}: unsupported period format: ${request.period ?? ''} (years, months, weeks and days are for timers)`,
      );
    const { data } = request;
    const reminder: Reminder = {
      actor,
      name,
      ...(data === undefined ? {} : { data }),
      dueAt: Math.round(dueAt),
      dueTime: request.dueTime ?? '',
      period: request.period ?? '',
      ...(period === undefined ? {} : { periodMs: Math.max(1, period.ms) }),
      ...(repetitions === undefined ? {} : { repetitionsLeft: repetitions }),
      ...(expiresAt === undefined ? {} : { expiresAt: Math.round(expiresAt) }),
      ...(request.failurePolicy === undefined ? {} : { failurePolicy: request.failurePolicy }),
      traceparent: formatTraceparent(call.trace),
      version: `${Math.round(now).toString(36)}-${this.#random.hex(6)}`,
    };
    return { kind: 'set', reminder, overwrite: request.overwrite ?? true };
  }

  /** Throws `actorNotHere` when the actor is placed elsewhere, `reminderExists` when it may not be replaced. */
  async set(call: Call, actor: ActorRef, name: string, request: ReminderRequest): Promise<void> {
    const start: ActivityStart<'reminder.set'> = {
      kind: 'reminder.set',
      name: `${actor.type}/${actor.id}/${name}`,
      attributes: { actorType: actor.type, actorId: actor.id },
    };
    await this.#recorder.record(call, start, async (setting, scope) => {
      const change = this.change(setting, actor, name, request);
      scope.input(Buffer.from(JSON.stringify(request)));
      await this.#write(setting, actor, change).catch((cause: unknown) => {
        throw isFinalError(cause) ? cause : withCause(reminderCreateFailed(textOf(cause)), cause);
      });
    });
  }

  /** Deleting a reminder that does not exist succeeds. Throws `actorNotHere` when the actor is placed elsewhere. */
  async delete(call: Call, actor: ActorRef, name: string): Promise<void> {
    await this.#write(call, actor, { kind: 'delete', name }).catch((cause: unknown) => {
      throw isFinalError(cause) ? cause : withCause(reminderDeleteFailed(textOf(cause)), cause);
    });
  }

  /** Throws `reminderNotFound`. */
  async get(call: Call, actor: ActorRef, name: string): Promise<ReminderView> {
    const reminder = await this.#store.reminders.get(call, actor, name).catch((cause: unknown) => {
      throw withCause(reminderGetFailed(textOf(cause)), cause);
    });
    if (!reminder) throw reminderNotFound(name);
    return viewOf(reminder);
  }

  /** Those of one actor, or of all actors of the type. */
  async list(call: Call, type: string, id?: string): Promise<readonly NamedReminder[]> {
    const matches = await this.#store.reminders.list(call, type, id).catch((cause: unknown) => {
      throw withCause(reminderGetFailed(textOf(cause)), cause);
    });
    return matches.map((reminder) => ({ name: reminder.name, reminder: viewOf(reminder) }));
  }

  async #write(call: Call, actor: ActorRef, change: ReminderChange): Promise<void> {
    const fence = this.#fence(actor);
    try {
      await this.#writes.commit(call, actor, fence, { ...noChanges, reminders: [change] });
    } catch (cause) {
      // Nothing was written, so the call can be sent to the new owner.
      throw hasCode(cause, 'ERR_ACTOR_OWNERSHIP_LOST') ? actorNotHere(actor.type, actor.id) : cause;
    }
  }

  #fence(actor: ActorRef): Fence {
    // Inside a turn the actor's own fence applies, also while it is being drained.
    const fence = this.#turns.active(actor)?.fence ?? this.#placement.fence(actor.type, partitionOf(actor.id));
    if (!fence) throw actorNotHere(actor.type, actor.id);
    return fence;
  }
}

function viewOf({ actor, data, dueTime, periodMs, expiresAt }: Reminder): ReminderView {
  return {
    actorID: actor.id,
    actorType: actor.type,
    ...(data === undefined ? {} : { data }),
    ...(dueTime === '' ? {} : { dueTime }),
    ...(periodMs === undefined ? {} : { period: `@every ${formatGoDuration(periodMs)}` }),
    ...(expiresAt === undefined ? {} : { ttl: rfc3339(expiresAt) }),
  };
}

/** As Go prints it: the shortest fraction, and none when it is zero. */
function rfc3339(at: number): string {
  return new Date(at).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** Errors that both APIs return unchanged. */
function isFinalError(cause: unknown): boolean {
  return (
    cause instanceof RuntimeError &&
    ['ERR_ACTOR_NOT_HERE', 'ERR_ACTOR_REMINDER_ALREADY_EXISTS', 'ERR_BAD_REQUEST'].includes(cause.kind.code)
  );
}
