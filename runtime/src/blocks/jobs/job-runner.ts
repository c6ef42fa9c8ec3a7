import type { ActivityStart, Recorder } from '#core/activity.ts';
import { backoffDelay } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Call } from '#core/call.ts';
import type { Cancel, Clock } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { parseTraceparent } from '#core/trace.ts';
import type { JobApp } from './job-app.ts';
import type { JobOutcome, JobStore, PlannedJob } from './job-store.ts';
import { afterFailure, afterRun } from './plan.ts';
import type { ReadSchedule } from './schedule.ts';

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly readSchedule: ReadSchedule;
  readonly newCall: (signal: AbortSignal) => Call;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs jobs when they are due, while the app is up. */
export interface JobRunner {
  start(app: JobApp): void;
  /** Starts nothing more, waits for running jobs at most `drainMs`, and releases claimed ones that were not started. */
  stop(drainMs: number): Promise<void>;
  /** A job was set or deleted here: its claimed copy is stale, and it may be due soon. */
  changed(name: string): void;
}

const pollMs = 1000;
/** Longer than a poll interval, so that what falls due between two polls is known in time. */
const horizonMs = 1500;
const leaseMs = 30_000;
const renewMs = 10_000;
const storeTimeoutMs = 10_000;
const maxClaimed = 256;
/** While the app is unavailable the run is retried without a limit. */
const unavailablePauseMs = 1000;
const settleBackoff = { firstMs: 100, maxMs: 5000 };

interface ClaimedJob {
  readonly job: PlannedJob;
  cancel: Cancel;
  isRunning: boolean;
}

export function jobRunner(options: JobRunnerOptions): JobRunner {
  const { store, readSchedule, newCall, recorder, clock, log } = options;
  const claimedJobs = new Map<string, ClaimedJob>();
  const running = new Set<Promise<void>>();
  let app: JobApp | undefined;
  let lifetime = new AbortController();
  let cancelPoll: Cancel = () => {};
  let cancelRenewal: Cancel = () => {};
  let isPolling = false;
  let isPollPending = false;

  const withStoreTimeout = <T>(work: () => Promise<T>): Promise<T> =>
    withTimeout(
      clock,
      storeTimeoutMs,
      work,
      () => new Error(`the job store did not respond within ${storeTimeoutMs} ms`),
    );

  const poll = (): void => {
    if (!app) return;
    cancelPoll();
    if (isPolling) {
      isPollPending = true;
      return;
    }
    isPolling = true;
    isPollPending = false;
    const finish = (): void => {
      isPolling = false;
      if (!app) return;
      if (isPollPending) poll();
      else cancelPoll = clock.after(pollMs, poll);
    };
    claim().then(finish, (cause: unknown) => {
      log.warn({ error: textOf(cause) }, 'reading due jobs failed, will retry');
      isPollPending = false;
      finish();
    });
  };

  const claim = async (): Promise<void> => {
    const room = maxClaimed - claimedJobs.size;
    if (room <= 0) return;
    const claimed = await withStoreTimeout(() => store.claim(clock.now() + horizonMs, room, leaseMs));
    if (!app) return await withStoreTimeout(() => store.release(claimed));
    for (const job of claimed) arm(job);
  };

  const arm = (job: PlannedJob): void => {
    drop(job.name);
    const entry: ClaimedJob = { job, cancel: () => {}, isRunning: false };
    entry.cancel = clock.after(job.dueAt - clock.now(), () => {
      entry.isRunning = true;
      const work = run(entry).finally(() => running.delete(work));
      running.add(work);
    });
    claimedJobs.set(job.name, entry);
  };

  const drop = (name: string): void => {
    const entry = claimedJobs.get(name);
    if (!entry || entry.isRunning) return;
    entry.cancel();
    claimedJobs.delete(name);
  };

  const run = async (entry: ClaimedJob): Promise<void> => {
    const { job } = entry;
    const to = app;
    try {
      if (!to) return;
      // it may have been deleted, replaced or claimed by another sidecar since it was claimed
      const renewed = await withStoreTimeout(() => store.renew([job], leaseMs));
      if (!renewed.has(job.version)) return;
      await settle(job, await outcomeOf(to, job));
    } catch (cause) {
      // the lease expires, and then the job is due as before
      log.warn({ job: job.name, error: textOf(cause) }, 'running a job failed');
    } finally {
      if (claimedJobs.get(job.name) === entry) claimedJobs.delete(job.name);
      poll();
    }
  };

  const outcomeOf = async (to: JobApp, job: PlannedJob): Promise<JobOutcome> => {
    if (job.expiresAt !== undefined && job.expiresAt < job.dueAt) return { kind: 'finished' };
    const baseCall = newCall(lifetime.signal);
    const trace = parseTraceparent(job.traceparent);
    const start: ActivityStart<'job.fire'> = {
      kind: 'job.fire',
      name: job.name,
      attributes: { attempt: job.attempts + 1, lateMs: Math.max(0, Math.round(clock.now() - job.dueAt)) },
      ...(job.data ? { input: job.data.value } : undefined),
    };
    try {
      await recorder.record(trace ? { ...baseCall, trace } : baseCall, start, async (call, scope) => {
        if ((await to.run(call, job.name, job.data)) === 'unknown')
          scope.failed('ERR_JOB_UNKNOWN', 'the app responded with 404');
      });
      return afterRun(job, clock.now(), readSchedule);
    } catch (cause) {
      const isUnavailable = cause instanceof RuntimeError && cause.kind.code === 'ERR_APP_UNAVAILABLE';
      const logFields = { job: job.name, attempt: job.attempts + 1, error: textOf(cause) };
      log.warn(logFields, isUnavailable ? 'app unavailable, its job waits' : 'the app rejected a job');
      const retry = { dueAt: Math.round(clock.now() + unavailablePauseMs), runs: job.runs, attempts: job.attempts };
      return isUnavailable || lifetime.signal.aborted
        ? { kind: 'next', ...retry }
        : afterFailure(job, clock.now(), readSchedule);
    }
  };

  /** A run that is not recorded would be repeated: so recording is retried for as long as the lease may last. */
  const settle = async (job: PlannedJob, outcome: JobOutcome): Promise<void> => {
    const deadline = clock.monotonic() + leaseMs;
    for (let failures = 1; ; failures++) {
      const pauseMs = backoffDelay(failures, settleBackoff);
      try {
        return await withStoreTimeout(() => store.settle(job, outcome));
      } catch (cause) {
        if (clock.monotonic() + pauseMs > deadline) throw cause;
        log.warn({ job: job.name, error: textOf(cause) }, 'recording the end of a job run failed, will retry');
        await sleep(clock, pauseMs);
      }
    }
  };

  const renew = (): void => {
    cancelRenewal = clock.after(renewMs, () => {
      const jobs = [...claimedJobs.values()].map(({ job }) => job);
      const work = jobs.length > 0 ? withStoreTimeout(() => store.renew(jobs, leaseMs)) : Promise.resolve();
      work
        .then(() => {})
        .catch((cause: unknown) => log.warn({ error: textOf(cause) }, 'renewing job leases failed'))
        .finally(() => {
          if (app) renew();
        });
    });
  };

  return {
    start(to) {
      app = to;
      lifetime = new AbortController();
      cancelRenewal();
      renew();
      poll();
    },
    async stop(drainMs) {
      app = undefined;
      cancelPoll();
      cancelRenewal();
      const notStarted = [...claimedJobs.values()].filter((entry) => !entry.isRunning);
      for (const { job } of notStarted) drop(job.name);
      await waitUpTo(clock, drainMs, Promise.all(running));
      lifetime.abort(new Error('jobs have stopped'));
      if (notStarted.length === 0) return;
      await withStoreTimeout(() => store.release(notStarted.map(({ job }) => job))).catch((cause: unknown) =>
        log.warn({ error: textOf(cause) }, 'releasing jobs failed: they wait for their leases to end'),
      );
    },
    changed(name) {
      drop(name);
      poll();
    },
  };
}
