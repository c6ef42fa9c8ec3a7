import type { Call } from '#core/call.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';

/** A job as the app scheduled it. Texts are kept as they were written, to be given back. */
export interface Job {
  readonly name: string;
  /** Six fields of cron, `@every 1h`, `@daily` and so on; undefined for a job that runs once. */
  readonly schedule?: string;
  /** How often it runs in all. */
  readonly repeats?: number;
  readonly dueTime?: string;
  readonly ttl?: string;
  /** What the app gave along: a google.protobuf.Any as it travels. */
  readonly data?: JobData;
  readonly failurePolicy: FailurePolicy;
}

export interface JobData {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A job with its place in time. Times are milliseconds since the epoch. */
export interface PlannedJob extends Job {
  readonly dueAt: number;
  /** From here on it does not run any more. */
  readonly expiresAt?: number;
  /** When `@every` counts from. */
  readonly anchorAt: number;
  /** Runs that were begun and are over. */
  readonly runs: number;
  /** Failed tries of the run at hand. */
  readonly attempts: number;
  /** The trace it was scheduled in, so that what it causes belongs to the same story. */
  readonly traceparent: string;
  /** New with each overwrite, so that a run under way cannot move its successor. */
  readonly version: string;
}

/** What becomes of a job after a try. */
export type JobOutcome =
  | { readonly kind: 'gone' }
  | { readonly kind: 'next'; readonly dueAt: number; readonly runs: number; readonly attempts: number };

/**
 * Keeps the jobs of one app, for all of its sidecars together. A job that is due is claimed by one of them and is out of
 * the others' sight until the lease ends.
 */
export interface JobStore {
  /** False, and nothing changes, when there is a job of this name and `overwrite` is not asked for. */
  put(call: Call, job: PlannedJob, overwrite: boolean): Promise<boolean>;
  get(call: Call, name: string): Promise<PlannedJob | undefined>;
  /** Deleting what is not there succeeds. */
  delete(call: Call, name: string): Promise<void>;
  /** By name; those whose name begins so. */
  list(call: Call, namePrefix: string): Promise<readonly PlannedJob[]>;
  deleteByPrefix(call: Call, namePrefix: string): Promise<void>;
  /** Leases those that nobody holds and that are due before `before`, soonest first. Two claims never get the same job. */
  claim(before: number, limit: number, leaseMs: number): Promise<readonly PlannedJob[]>;
  /** Leases anew what was claimed here. The versions of those that are still as they were and still held. */
  renew(jobs: readonly PlannedJob[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Ends the claim. Does nothing when the job was replaced or deleted, or the lease is somebody else's by now. */
  settle(job: PlannedJob, outcome: JobOutcome): Promise<void>;
  /** Gives jobs back that were claimed and not begun. */
  release(jobs: readonly PlannedJob[]): Promise<void>;
  close(): Promise<void>;
}
