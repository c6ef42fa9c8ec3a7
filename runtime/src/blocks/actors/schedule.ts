import { type Period, addPeriod, isCalendar, parseInstant, parsePeriod } from '#core/duration.ts';
import { badActorRequest } from './errors.ts';

/** What an app sends to set a timer or a reminder. */
export interface ScheduleRequest {
  /** JSON text. */
  readonly data?: string;
  readonly dueTime?: string;
  readonly period?: string;
  readonly ttl?: string;
}

/** When something fires. Times are milliseconds since the epoch. */
export interface Schedule {
  readonly dueAt: number;
  /** Undefined fires once. */
  readonly period?: Period;
  /** Remaining firings, including the first; undefined means no limit. */
  readonly repetitions?: number;
  readonly expiresAt?: number;
}

/**
 * Parses the times of a timer or reminder; `what` names it in errors. A time to live counts from the first due time.
 * Without a due time a timer fires at once, a reminder with a period after its first period.
 */
export function parseSchedule(what: string, request: ScheduleRequest, now: number): Schedule {
  const isTimer = what.startsWith('timer ');
  const period = request.period ? parsePeriod(request.period) : undefined;
  const repeats = period !== undefined && (period.ms > 0 || isCalendar(period));
  const begin = request.dueTime ? parseInstant(request.dueTime, now) : now;
  if (begin === undefined) throw badActorRequest(`${what}: dueTime ${JSON.stringify(request.dueTime)} is no time`);
  if (request.period && (period === undefined || period.ms < 0))
    throw badActorRequest(`${what}: unsupported period format: ${JSON.stringify(request.period)}`);
  if (isTimer && period?.repetitions === 0) throw badActorRequest(`${what}: R0 would never fire`);
  const expiresAt = request.ttl ? parseInstant(request.ttl, begin) : undefined;
  if (request.ttl && expiresAt === undefined)
    throw badActorRequest(`${what}: ttl ${JSON.stringify(request.ttl)} is no time`);
  if (expiresAt !== undefined && (isTimer || request.dueTime) && (expiresAt < begin || (isTimer && expiresAt < now)))
    throw badActorRequest(`${what} has already expired: dueTime ${request.dueTime ?? ''}, ttl ${request.ttl ?? ''}`);
  const dueAt = !request.dueTime && !isTimer && repeats ? addPeriod(begin, period) : begin;
  return {
    dueAt,
    ...(repeats ? { period } : {}),
    // upstream's scheduler treats R0 of a reminder as no limit
    ...(repeats && period.repetitions ? { repetitions: period.repetitions } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/**
 * Firings that are late by no more than this are delivered one after the other; after a longer gap one firing replaces
 * all missed ones.
 */
export const catchUpMs = 10_000;

/** The firing after this one, in the same phase unless that is long past; undefined when this was the last. */
export function nextFiring(schedule: Schedule, now: number): Schedule | undefined {
  const { period, repetitions, expiresAt } = schedule;
  if (period === undefined || repetitions === 1) return undefined;
  const dueAt = addPeriod(now - schedule.dueAt > catchUpMs ? now : schedule.dueAt, period);
  if (expiresAt !== undefined && dueAt >= expiresAt) return undefined;
  return { ...schedule, dueAt, ...(repetitions === undefined ? {} : { repetitions: repetitions - 1 }) };
}
