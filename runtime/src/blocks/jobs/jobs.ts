import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { formatTraceparent } from '#core/trace.ts';
import * as errors from './errors.ts';
import type { JobOwner } from './errors.ts';
import type { JobStore } from './job-store.ts';
import { plannedJob } from './plan.ts';
import type { ReadSchedule } from './schedule.ts';
import { wireJob } from './wire.ts';
import type { WireJob } from './wire.ts';

/** Jobs, for the HTTP and the gRPC API. */
export interface JobsBlock {
  schedule(call: Call, request: { readonly job?: WireJob; readonly overwrite: boolean }): Promise<void>;
  /** Throws `jobGetFailed` when there is no such job. */
  get(call: Call, request: { readonly name: string }): Promise<ReturnType<typeof wireJob>>;
  /** Deleting a missing job succeeds. */
  delete(call: Call, request: { readonly name: string }): Promise<void>;
  list(call: Call): Promise<readonly ReturnType<typeof wireJob>[]>;
  /** No prefix means all jobs. */
  deleteByPrefix(call: Call, request: { readonly namePrefix?: string }): Promise<void>;
  /** For APIs that name a job in two places. */
  readonly owner: JobOwner;
}

export interface JobsOptions {
  readonly owner: JobOwner;
  /** Undefined when no component stores jobs. */
  readonly store: JobStore | undefined;
  readonly readSchedule: ReadSchedule;
  /** A job changed that may fall due soon. */
  readonly onChange: (name: string) => void;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly random: Random;
}

/** Dapr's text, which tests of apps may compare. */
const noStore = 'scheduler clients are disabled';

export function jobsBlock(options: JobsOptions): JobsBlock {
  const { owner, store, readSchedule, onChange, recorder, clock, random } = options;

  /** Runs `work` on the store; failures become the error of the current operation. */
  const onStore = async <T>(failed: typeof errors.jobGetFailed, work: (store: JobStore) => Promise<T>): Promise<T> => {
    if (!store) throw failed(owner, noStore);
    try {
      return await work(store);
    } catch (cause) {
      if (cause instanceof RuntimeError && cause.kind.code.startsWith('DAPR_SCHEDULER_')) throw cause;
      throw withCause(failed(owner, textOf(cause)), cause);
    }
  };

  const planned = (call: Call, job: WireJob) => {
    const now = clock.now();
    const version = `${Math.round(now).toString(36)}-${random.hex(6)}`;
    try {
      return plannedJob(job, { now, traceparent: formatTraceparent(call.trace), version }, readSchedule);
    } catch (cause) {
      throw withCause(errors.jobInvalid(owner, textOf(cause)), cause);
    }
  };

  return {
    owner,
    async schedule(call, { job, overwrite }) {
      if (!job) throw errors.jobEmpty(owner);
      requireName(job.name, owner);
      if (!job.schedule && !job.dueTime) throw errors.jobScheduleEmpty(owner);
      await recorder.record(call, { kind: 'job.set', name: job.name, attributes: {} }, (inner, scope) =>
        onStore(errors.jobScheduleFailed, async (jobs) => {
          if (job.data && !call.isPrivate) scope.input(job.data.value);
          const plan = planned(inner, job);
          if (!(await jobs.put(inner, plan, overwrite)))
            throw errors.jobExists(owner, `job already exists: '${job.name}'`);
          onChange(job.name);
        }),
      );
    },
    get: (call, { name }) =>
      onStore(errors.jobGetFailed, async (jobs) => {
        requireName(name, owner);
        const stored = await jobs.get(call, name);
        if (!stored) throw errors.jobGetFailed(owner, `job not found: ${name}`);
        return wireJob(stored);
      }),
    delete: (call, { name }) =>
      onStore(errors.jobDeleteFailed, async (jobs) => {
        requireName(name, owner);
        await jobs.delete(call, name);
        onChange(name);
      }),
    list: (call) => onStore(errors.jobListFailed, async (jobs) => (await jobs.list(call, '')).map(wireJob)),
    deleteByPrefix: (call, { namePrefix = '' }) =>
      onStore(errors.jobDeleteFailed, (jobs) => jobs.deleteByPrefix(call, namePrefix)),
  };
}

/** The bars separate names where the reference stores them. */
function requireName(name: string, owner: JobOwner): void {
  if (name.trim() === '' || name.includes('||')) throw errors.jobNameEmpty(owner);
}
