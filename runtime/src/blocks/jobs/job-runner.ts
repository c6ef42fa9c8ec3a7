import type { Cancel } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { JobApp } from './job-app.ts';
import { type JobRunOptions, leaseMs, runJob } from './job-run.ts';
import type { JobStore, PlannedJob } from './job-store.ts';
import { withStoreTimeout } from './store-timeout.ts';

export interface JobRunnerOptions extends JobRunOptions {
  readonly store: JobStore;
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
const renewMs = 10_000;
const maxClaimed = 256;

interface ClaimedJob {
  readonly job: PlannedJob;
  cancel: Cancel;
  isRunning: boolean;
}

export function jobRunner(options: JobRunnerOptions): JobRunner {
  return new PollingJobRunner(options);
}

class PollingJobRunner implements JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #claimedJobs = new Map<string, ClaimedJob>();
  readonly #running = new Set<Promise<void>>();
  #app: JobApp | undefined;
  #lifetime = new AbortController();
  #cancelPoll: Cancel = () => {};
  #cancelRenewal: Cancel = () => {};
  #isPolling = false;
  #isPollPending = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  start(app: JobApp): void {
    this.#app = app;
    this.#lifetime = new AbortController();
    this.#cancelRenewal();
    this.#scheduleRenewal();
    this.#poll();
  }

  async stop(drainMs: number): Promise<void> {
    const { store, clock, log } = this.#options;
    this.#app = undefined;
    this.#cancelPoll();
    this.#cancelRenewal();
    const notStarted = [...this.#claimedJobs.values()].filter((entry) => !entry.isRunning);
    for (const { job } of notStarted) this.#drop(job.name);
    await waitUpTo(clock, drainMs, Promise.all(this.#running));
    this.#lifetime.abort(new Error('jobs have stopped'));
    if (notStarted.length === 0) return;
    await withStoreTimeout(clock, () => store.release(notStarted.map(({ job }) => job))).catch((cause: unknown) =>
      log.warn({ error: textOf(cause) }, 'releasing jobs failed: they wait for their leases to end'),
    );
  }

  changed(name: string): void {
    this.#drop(name);
    this.#poll();
  }

  #poll(): void {
    if (!this.#app) return;
    this.#cancelPoll();
    if (this.#isPolling) {
      this.#isPollPending = true;
      return;
    }
    this.#isPolling = true;
    this.#isPollPending = false;
    this.#claim().then(
      () => this.#polled(),
      (cause: unknown) => {
        this.#options.log.warn({ error: textOf(cause) }, 'reading due jobs failed, will retry');
        this.#isPollPending = false;
        this.#polled();
      },
    );
  }

  #polled(): void {
    this.#isPolling = false;
    if (!this.#app) return;
    if (this.#isPollPending) this.#poll();
    else this.#cancelPoll = this.#options.clock.after(pollMs, () => this.#poll());
  }

  async #claim(): Promise<void> {
    const { store, clock } = this.#options;
    const room = maxClaimed - this.#claimedJobs.size;
    if (room <= 0) return;
    const claimed = await withStoreTimeout(clock, () => store.claim(clock.now() + horizonMs, room, leaseMs));
    if (!this.#app) return await withStoreTimeout(clock, () => store.release(claimed));
    for (const job of claimed) this.#arm(job);
  }

  #arm(job: PlannedJob): void {
    const { clock } = this.#options;
    this.#drop(job.name);
    const entry: ClaimedJob = { job, cancel: () => {}, isRunning: false };
    entry.cancel = clock.after(job.dueAt - clock.now(), () => {
      entry.isRunning = true;
      const work = this.#run(entry).finally(() => this.#running.delete(work));
      this.#running.add(work);
    });
    this.#claimedJobs.set(job.name, entry);
  }

  #drop(name: string): void {
    const entry = this.#claimedJobs.get(name);
    if (!entry || entry.isRunning) return;
    entry.cancel();
    this.#claimedJobs.delete(name);
  }

  async #run(entry: ClaimedJob): Promise<void> {
    const { job } = entry;
    try {
      if (this.#app) await runJob(this.#options, this.#app, job, this.#lifetime.signal);
    } catch (cause) {
      // the lease expires, and then the job is due as before
      this.#options.log.warn({ job: job.name, error: textOf(cause) }, 'running a job failed');
    } finally {
      if (this.#claimedJobs.get(job.name) === entry) this.#claimedJobs.delete(job.name);
      this.#poll();
    }
  }

  #scheduleRenewal(): void {
    const { store, clock, log } = this.#options;
    this.#cancelRenewal = clock.after(renewMs, () => {
      const jobs = [...this.#claimedJobs.values()].map(({ job }) => job);
      const work = jobs.length > 0 ? withStoreTimeout(clock, () => store.renew(jobs, leaseMs)) : Promise.resolve();
      work
        .then(() => {})
        .catch((cause: unknown) => log.warn({ error: textOf(cause) }, 'renewing job leases failed'))
        .finally(() => {
          if (this.#app) this.#scheduleRenewal();
        });
    });
  }
}
