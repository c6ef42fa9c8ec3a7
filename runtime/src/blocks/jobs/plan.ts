import { parseInstant, parsePeriod } from '#core/duration.ts';
import { textOf } from '#core/errors.ts';
import { failurePolicyOf } from '#core/failure-policy.ts';
import type { JobOutcome, PlannedJob } from './job-store.ts';
import type { ReadSchedule, Schedule } from './schedule.ts';
import type { WireJob } from './wire.ts';

/** Names live in other systems too, so they are held to what is legal there, signs in between aside. */
const nameParts = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const maxNameLength = 253;

/** Throws an Error that says why there can be no job of this name. */
export function checkJobName(name: string): void {
  const bare = name.toLowerCase().replace(/[_: -]/g, '');
  if (bare.length > maxNameLength || !nameParts.test(bare))
    throw new TypeError(
      `job name is invalid ${JSON.stringify(name)}: it may hold letters, digits, '-', '_', ':', blanks and '.', and must start and end with a letter or digit`,
    );
}

/** When a job runs for the first time, and until when. Throws an Error that says what cannot be understood. */
export function plannedJob(
  job: WireJob,
  at: { readonly now: number; readonly traceparent: string; readonly version: string },
  read: ReadSchedule,
): PlannedJob {
  const { name, schedule, repeats, dueTime, ttl, data } = job;
  checkJobName(name);
  if (repeats !== undefined && repeats < 1) invalid('defined repeats must be greater than 0');
  if (!schedule && repeats !== undefined) invalid('job must have a schedule to repeat');
  if (!schedule && ttl) invalid('job must have a schedule to have a ttl');
  const recurrence = schedule ? parsedSchedule(schedule, read) : undefined;
  const dueAt = firstDue(recurrence, dueTime, at.now);
  const expiresAt = ttl ? parseInstant(ttl, dueTime ? dueAt : at.now) : undefined;
  if (ttl && expiresAt === undefined) invalid('ttl format not recognized');
  if (expiresAt !== undefined && dueTime && expiresAt < dueAt) invalid('ttl must be greater than due time');
  return {
    name,
    ...(schedule ? { schedule } : {}),
    ...(repeats === undefined ? {} : { repeats }),
    ...(dueTime ? { dueTime } : {}),
    ...(ttl ? { ttl } : {}),
    ...(data === undefined ? {} : { data: { typeUrl: data.typeUrl, value: data.value } }),
    failurePolicy: failurePolicyOf(job.failurePolicy),
    dueAt: Math.round(dueAt),
    ...(expiresAt === undefined ? {} : { expiresAt: Math.round(expiresAt) }),
    // without a due time the first run is one interval from now, and the others follow it
    anchorAt: Math.round(dueTime ? dueAt : at.now),
    runs: 0,
    attempts: 0,
    traceparent: at.traceparent,
    version: at.version,
  };
}

/** After a run that is over. What was missed meanwhile is made up for by this one run. */
export function afterRun(job: PlannedJob, now: number, read: ReadSchedule): JobOutcome {
  const runs = job.runs + 1;
  if (!job.schedule || (job.repeats !== undefined && runs >= job.repeats)) return { kind: 'gone' };
  const dueAt = read(job.schedule).next(Math.max(job.dueAt, now), job.anchorAt);
  if (dueAt === undefined || (job.expiresAt !== undefined && dueAt > job.expiresAt)) return { kind: 'gone' };
  return { kind: 'next', dueAt, runs, attempts: 0 };
}

/** However often it is to be tried, an app is not asked more often than this. */
const minPauseMs = 100;

/** After a try that the app did not take: another one, or, when there were enough, on with the next run. */
export function afterFailure(job: PlannedJob, now: number, read: ReadSchedule): JobOutcome {
  const { failurePolicy: policy, attempts, runs } = job;
  if (policy.kind === 'drop' || (policy.maxRetries !== undefined && attempts >= policy.maxRetries))
    return afterRun(job, now, read);
  const pauseMs = Math.max(minPauseMs, policy.intervalMs);
  return { kind: 'next', dueAt: Math.round(now + pauseMs), runs, attempts: attempts + 1 };
}

function firstDue(recurrence: Schedule | undefined, dueTime: string | undefined, now: number): number {
  if (dueTime) {
    if (parsePeriod(dueTime)?.repetitions !== undefined) invalid('repeats not supported for due time');
    return parseInstant(dueTime, now) ?? invalid('due time format not recognized');
  }
  return recurrence?.next(now, now) ?? invalid('the schedule never comes');
}

function parsedSchedule(schedule: string, read: ReadSchedule): Schedule {
  try {
    return read(schedule);
  } catch (cause) {
    return invalid(textOf(cause));
  }
}

function invalid(reason: string): never {
  throw new TypeError(`job failed validation: ${reason}`);
}
