import type { OutgoingEvent } from '../cloud-event.ts';
import { ProblemError } from '../dapr-error.ts';
import type { Random, Clock } from '../ports.ts';
import type { ActorContext, ActorDefinition, MethodTable, Schedule } from './definition.ts';

/** An event whose id is chosen, so that it stays the same however often it is sent. */
export type EventWithId = OutgoingEvent & { readonly id: string };

export type ScheduleChange =
  | { readonly operation: 'set'; readonly name: string; readonly schedule: WireSchedule }
  | { readonly operation: 'delete'; readonly name: string };

export interface WireSchedule {
  readonly dueTime: string;
  readonly period?: string;
  readonly data?: unknown;
  /** Of reminders only. */
  readonly failure_policy?: typeof retryUntilSuccess;
}

/** Without it Dapr's default policy drops a firing that failed four times, and with it a one-time reminder. */
const retryUntilSuccess = { constant: { interval: '2s' } } as const;

/** What one turn changed. */
export interface TurnChanges {
  /** The new state as JSON text; absent when unchanged. */
  readonly state?: string;
  readonly reminders: readonly ScheduleChange[];
  readonly timers: readonly ScheduleChange[];
  readonly events: readonly EventWithId[];
}

export interface Turn {
  readonly context: ActorContext<unknown>;
  readonly reminders: ScheduleChange[];
  readonly timers: ScheduleChange[];
  readonly events: EventWithId[];
}

/** Opens a turn on a live state. Of several changes to one reminder or timer the last one counts. */
export function openTurn(
  definition: ActorDefinition,
  id: string,
  state: unknown,
  dependencies: { readonly clock: Clock; readonly random: Random },
): Turn {
  const startedAt = dependencies.clock.now();
  const reminders: ScheduleChange[] = [];
  const timers: ScheduleChange[] = [];
  const events: EventWithId[] = [];
  const context: ActorContext<unknown> = {
    id,
    state,
    now: () => startedAt,
    random: dependencies.random,
    setReminder(name, schedule) {
      expectDeclared(definition, 'reminders', name);
      record(reminders, {
        operation: 'set',
        name,
        schedule: { ...wireSchedule(schedule), failure_policy: retryUntilSuccess },
      });
    },
    clearReminder: (name) => record(reminders, { operation: 'delete', name }),
    setTimer(name, schedule) {
      expectDeclared(definition, 'timers', name);
      record(timers, { operation: 'set', name, schedule: wireSchedule(schedule) });
    },
    clearTimer: (name) => record(timers, { operation: 'delete', name }),
    publish(event) {
      expectPlainJson(event.data, `the data of ${event.type}`);
      events.push({ ...event, id: event.id ?? dependencies.random.uuid() });
    },
  };
  return { context, reminders, timers, events };
}

function record(changes: ScheduleChange[], change: ScheduleChange): void {
  const earlier = changes.findIndex(({ name }) => name === change.name);
  if (earlier >= 0) changes.splice(earlier, 1);
  changes.push(change);
}

function expectDeclared(definition: ActorDefinition, kind: 'reminders' | 'timers', name: string): void {
  const table: MethodTable = definition[kind];
  if (Object.hasOwn(table, name)) return;
  const declared = Object.keys(table).join(', ') || 'none';
  throw new TypeError(`actor ${definition.type} declares no ${name} among its ${kind} (${declared})`);
}

function wireSchedule({ dueTime, period, data }: Schedule): WireSchedule {
  return { dueTime: duration(dueTime), period: period === undefined ? undefined : duration(period), data };
}

const duration = (time: number | string): string =>
  typeof time === 'string' ? time : `${Math.max(0, Math.round(time))}ms`;

/**
 * A text that a database would not take. It came from a caller, so the turn ends with a problem and repeating cannot help.
 */
export class UnstorableTextError extends ProblemError {
  constructor(path: string) {
    super({
      type: 'unstorable-text',
      status: 422,
      title: 'Text cannot be stored',
      detail: `${path} has a NUL character or half of a surrogate pair, which cannot be stored.`,
    });
    this.name = 'UnstorableTextError';
  }
}

/** Postgres rejects NUL in text and in JSON; half a surrogate pair is no UTF-8. */
// oxlint-disable-next-line no-control-regex -- exactly what cannot be stored
const unstorable = /\0|\p{Cs}/u;

function expectStorable(text: string, path: string): void {
  if (unstorable.test(text)) throw new UnstorableTextError(path);
}

/** Throws for what JSON would change silently and what a database would reject, with the path. */
export function expectPlainJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean' || value === undefined) return;
  if (typeof value === 'string') return expectStorable(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold`);
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) expectPlainJson(item, `${path}[${index}]`);
    return;
  }
  if (typeof value !== 'object') throw new TypeError(`${path} is a ${typeof value}, which JSON cannot hold`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const kind = (value as { constructor?: { name?: string } }).constructor?.name ?? 'class instance';
    throw new TypeError(`${path} is a ${kind}; actor state is plain JSON only`);
  }
  for (const [name, item] of Object.entries(value)) {
    expectStorable(name, `a member's name in ${path}`);
    expectPlainJson(item, `${path}.${name}`);
  }
}
