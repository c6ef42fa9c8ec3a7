import { parseInstant, parsePeriod } from '#core/duration.ts';
import { textOf } from '#core/errors.ts';
import { failurePolicyOf } from '#core/failure-policy.ts';
import type { JobOutcome, PlannedJob } from './job-store.ts';
import type { ReadSchedule, Schedule } from './schedule.ts';
import type { WireJob } from './wire.ts';

/** Names are also used by other systems, so the reference's rules apply, with some separators allowed. */
const nameParts = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const maxNameLength = 253;

/** Throws an Error with the reason when the name is invalid. */
export function checkJobName(name: string): void {
  const bare = name.toLowerCase().replace(/[_: -]/g, '');
  if (bare.length > maxNameLength || !nameParts.test(bare))
    throw new TypeError(
      `job name is invalid ${JSON.stringify(name)}: it may contain letters, digits, '-', '_', ':', blanks and '.', and must start and end with a letter or digit`,
    );
}

/** The first run of a job and its expiry. Throws an Error that describes the invalid part. */
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

/** The next run after a completed one. One run replaces all missed ones. */
export function afterRun(job: PlannedJob, now: number, read: ReadSchedule): JobOutcome {
  const runs = job.runs + 1;
  if (!job.schedule || (job.repeats !== undefined && runs >= job.repeats)) return { kind: 'finished' };
  const dueAt = read(job.schedule).next(Math.max(job.dueAt, now), job.anchorAt);
  if (dueAt === undefined || (job.expiresAt !== undefined && dueAt > job.expiresAt)) return { kind: 'finished' };
  return { kind: 'next', dueAt, runs, attempts: 0 };
}

/** Minimum delay before an app is called again, whatever the policy. */
const minPauseMs = 100;

/** After a failed attempt: another one, or the next run when the attempts are used up. */
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
