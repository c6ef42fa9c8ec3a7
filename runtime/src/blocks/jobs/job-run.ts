import type { ActivityStart, Recorder } from '#core/activity.ts';
import { backoffDelay } from '#core/backoff.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { parseTraceparent } from '#core/trace.ts';
import type { JobApp } from './job-app.ts';
import type { JobOutcome, JobStore, PlannedJob } from './job-store.ts';
import { afterFailure, afterRun } from './plan.ts';
import type { ReadSchedule } from './schedule.ts';
import { withStoreTimeout } from './store-timeout.ts';

export interface JobRunOptions {
  readonly store: Pick<JobStore, 'renew' | 'settle'>;
  readonly readSchedule: ReadSchedule;
  readonly newCall: (signal: AbortSignal) => Call;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a claimed job belongs to this sidecar. */
export const leaseMs = 30_000;
/** While the app is unavailable the run is retried without a limit. */
const unavailablePauseMs = 1000;
const settleBackoff = { firstMs: 100, maxMs: 5000 };

/** Runs one due job at the app and records the outcome in the store. Rejects when the store fails. */
export async function runJob(options: JobRunOptions, app: JobApp, job: PlannedJob, signal: AbortSignal): Promise<void> {
  // it may have been deleted, replaced or claimed by another sidecar since it was claimed
  const renewed = await withStoreTimeout(options.clock, () => options.store.renew([job], leaseMs));
  if (renewed.has(job.version)) await settle(options, job, await outcomeOf(options, app, job, signal));
}

async function outcomeOf(
  { newCall, recorder, clock, readSchedule, log }: JobRunOptions,
  app: JobApp,
  job: PlannedJob,
  signal: AbortSignal,
): Promise<JobOutcome> {
  if (job.expiresAt !== undefined && job.expiresAt < job.dueAt) return { kind: 'finished' };
  const baseCall = newCall(signal);
  const trace = parseTraceparent(job.traceparent);
  const start: ActivityStart<'job.fire'> = {
    kind: 'job.fire',
    name: job.name,
    attributes: { attempt: job.attempts + 1, lateMs: Math.max(0, Math.round(clock.now() - job.dueAt)) },
    ...(job.data ? { input: job.data.value } : undefined),
  };
  try {
    await recorder.record(trace ? { ...baseCall, trace } : baseCall, start, async (call, scope) => {
      if ((await app.run(call, job.name, job.data)) === 'unknown')
        scope.failed('ERR_JOB_UNKNOWN', 'the app responded with 404');
    });
    return afterRun(job, clock.now(), readSchedule);
  } catch (cause) {
    const isUnavailable = cause instanceof RuntimeError && cause.kind.code === 'ERR_APP_UNAVAILABLE';
    const logFields = { job: job.name, attempt: job.attempts + 1, error: textOf(cause) };
    log.warn(logFields, isUnavailable ? 'app unavailable, its job waits' : 'the app rejected a job');
    const retry = { dueAt: Math.round(clock.now() + unavailablePauseMs), runs: job.runs, attempts: job.attempts };
    return isUnavailable || signal.aborted ? { kind: 'next', ...retry } : afterFailure(job, clock.now(), readSchedule);
  }
}

/** A run that is not recorded would be repeated: so recording is retried for as long as the lease may last. */
async function settle({ store, clock, log }: JobRunOptions, job: PlannedJob, outcome: JobOutcome): Promise<void> {
  const deadline = clock.monotonic() + leaseMs;
  for (let failures = 1; ; failures++) {
    const pauseMs = backoffDelay(failures, settleBackoff);
    try {
      return await withStoreTimeout(clock, () => store.settle(job, outcome));
    } catch (cause) {
      if (clock.monotonic() + pauseMs > deadline) throw cause;
      log.warn({ job: job.name, error: textOf(cause) }, 'recording the end of a job run failed, will retry');
      await sleep(clock, pauseMs);
    }
  }
}
