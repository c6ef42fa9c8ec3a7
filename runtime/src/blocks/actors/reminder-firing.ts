import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import { defaultFailurePolicy } from '#core/failure-policy.ts';
import type { Log } from '#core/log.ts';
import type { Activation, Turn } from './activation.ts';
import type { DueReminder, FiringOutcome } from './due-reminders.ts';
import { hasCode } from './errors.ts';
import { partitionOf } from './partition.ts';
import type { Placement } from './placement.ts';
import type { ActorApp, Reminder, ReminderChange } from './ports.ts';
import { catchUpMs } from './schedule.ts';
import type { Turns } from './turns.ts';
import { type Writes, noChanges } from './writes.ts';

/** Minimum delay before an app that rejected a firing is called again, whatever its policy. */
const minPauseMs = 20;
const unavailablePauseMs = 1000;
/** While the app or the store is unavailable the firing is retried without a limit. */
const maxUnavailablePauseMs = 5000;

/** The next owner fires it. */
const movedCodes = ['ERR_ACTOR_NOT_HERE', 'ERR_ACTOR_TURN_ENDED', 'ERR_ACTOR_OWNERSHIP_LOST'] as const;

/** Fires one reminder in a turn of its actor, and records that it fired. */
export class ReminderFiring {
  readonly #turns: Turns;
  readonly #writes: Writes;
  readonly #placement: Placement;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #callFor: (traceparent: string) => Call;

  constructor(parts: {
    turns: Turns;
    writes: Writes;
    placement: Placement;
    recorder: Recorder;
    clock: Clock;
    log: Log;
    callFor: (traceparent: string) => Call;
  }) {
    this.#turns = parts.turns;
    this.#writes = parts.writes;
    this.#placement = parts.placement;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#callFor = parts.callFor;
  }

  /** Never rejects. */
  async fire(due: DueReminder): Promise<FiringOutcome> {
    const { reminder } = due;
    const call = this.#callFor(reminder.traceparent);
    const next = reminderAfter(reminder, this.#clock.now());
    const outcome: FiringOutcome = next ? { kind: 'next', reminder: next } : { kind: 'finished' };
    const advance = advanceTo(reminder, next);
    let isCommitted = false;
    try {
      await this.#turns.run(call, reminder.actor, {}, async (turn, activation, app) => {
        // It waited for its turn: an earlier turn may have deleted or replaced it.
        if (due.isObsolete) return;
        const isExpired = hasExpired(reminder, this.#clock.now());
        if (due.appResult === undefined && !isExpired) {
          turn.advance = advance;
          try {
            await this.#callApp(call, due, turn, activation, app);
          } finally {
            isCommitted = turn.advance === undefined;
            turn.advance = undefined;
          }
        }
        if (due.appResult === 'cancel') await this.#write(call, due, { kind: 'delete', name: reminder.name });
        else if (!isCommitted) await this.#write(call, due, advance);
      });
      return due.appResult === 'cancel' ? { kind: 'finished' } : outcome;
    } catch (cause) {
      const logFields = { actorType: reminder.actor.type, actorId: reminder.actor.id, reminder: reminder.name };
      this.#log.warn({ ...logFields, attempt: due.attempt + 1, cause: textOf(cause) }, 'firing a reminder failed');
      // The app committed the effects together with the firing: it must not fire again.
      if (isCommitted) return outcome;
      return this.#afterFailure(call, due, cause, next);
    }
  }

  async #afterFailure(
    call: Call,
    due: DueReminder,
    cause: unknown,
    next: Reminder | undefined,
  ): Promise<FiringOutcome> {
    if (movedCodes.some((code) => hasCode(cause, code))) return { kind: 'finished' };
    const isRejection = due.appResult === undefined && hasCode(cause, 'ERR_ACTOR_INVOKE_METHOD');
    const retryLater: FiringOutcome = {
      kind: 'again',
      afterMs: Math.min(maxUnavailablePauseMs, unavailablePauseMs * (due.attempt + 1)),
    };
    if (!isRejection) return retryLater;
    const { failurePolicy: policy = defaultFailurePolicy } = due.reminder;
    const retries = policy.kind === 'drop' ? 0 : (policy.maxRetries ?? Number.POSITIVE_INFINITY);
    if (policy.kind === 'constant' && due.rejections < retries)
      return { kind: 'again', afterMs: Math.max(minPauseMs, policy.intervalMs), isRejection };
    try {
      await this.#write(call, due, advanceTo(due.reminder, next));
      return next ? { kind: 'next', reminder: next } : { kind: 'finished' };
    } catch (failure) {
      this.#log.warn({ reminder: due.reminder.name, cause: textOf(failure) }, 'advancing a reminder failed');
      return retryLater;
    }
  }

  #callApp(call: Call, due: DueReminder, turn: Turn, activation: Activation, app: ActorApp): Promise<void> {
    const { reminder } = due;
    const { actor, name, data } = reminder;
    const start: ActivityStart<'reminder.fire'> = {
      kind: 'reminder.fire',
      name: `${actor.type}/${actor.id}/${name}`,
      attributes: {
        actorType: actor.type,
        actorId: actor.id,
        attempt: due.attempt + 1,
        lateMs: Math.max(0, Math.round(this.#clock.now() - reminder.dueAt)),
      },
      ...(data === undefined ? {} : { input: Buffer.from(data) }),
    };
    return this.#recorder.record(call, start, async (firing, scope) => {
      const { cancel } = await app.reminder(activation.callInTurn(firing), actor, name, {
        ...(data === undefined ? {} : { data }),
        dueTime: reminder.dueTime,
        period: reminder.period,
        turn: turn.id,
      });
      if (cancel) scope.set('cancelled', true);
      due.appResult = cancel ? 'cancel' : 'done';
    });
  }

  async #write(call: Call, due: DueReminder, change: ReminderChange): Promise<void> {
    const { actor } = due.reminder;
    const fence = this.#placement.fence(actor.type, partitionOf(actor.id));
    // Without a fence the next owner fires it again: reminders fire at least once.
    if (fence) await this.#writes.commit(call, actor, fence, { ...noChanges, reminders: [change] });
  }
}

/** A firing that was due before the expiry is delivered even when it is a little late. */
function hasExpired({ dueAt, expiresAt }: Reminder, now: number): boolean {
  return expiresAt !== undefined && expiresAt < (now - dueAt > catchUpMs ? now : dueAt);
}

/** Undefined when the current firing is the last one. */
export function reminderAfter(reminder: Reminder, now: number): Reminder | undefined {
  const { periodMs, repetitionsLeft, expiresAt, dueAt } = reminder;
  if (periodMs === undefined || repetitionsLeft === 1) return undefined;
  const lateMs = now - dueAt;
  const missed = lateMs > catchUpMs ? Math.floor(lateMs / periodMs) : 0;
  const next = dueAt + (missed + 1) * periodMs;
  if (expiresAt !== undefined && next > expiresAt) return undefined;
  return {
    ...reminder,
    dueAt: next,
    ...(repetitionsLeft === undefined ? {} : { repetitionsLeft: repetitionsLeft - 1 }),
  };
}

function advanceTo(reminder: Reminder, next: Reminder | undefined): ReminderChange {
  return { kind: 'advance', name: reminder.name, version: reminder.version, ...(next ? { next } : {}) };
}
