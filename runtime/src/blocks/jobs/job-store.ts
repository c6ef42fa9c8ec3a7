import type { Call } from '#core/call.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';

/** A job as the app scheduled it. Texts are stored as they were written, to be returned unchanged. */
export interface Job {
  readonly name: string;
  /** Six cron fields, `@every 1h`, `@daily` and so on; undefined for a job that runs once. */
  readonly schedule?: string;
  /** The total number of runs. */
  readonly repeats?: number;
  readonly dueTime?: string;
  readonly ttl?: string;
  /** The app's payload: an encoded google.protobuf.Any. */
  readonly data?: JobData;
  readonly failurePolicy: FailurePolicy;
}

export interface JobData {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A job with its next due time. Times are milliseconds since the epoch. */
export interface PlannedJob extends Job {
  readonly dueAt: number;
  /** It does not run after this time. */
  readonly expiresAt?: number;
  /** The start of `@every` intervals. */
  readonly anchorAt: number;
  /** Completed runs. */
  readonly runs: number;
  /** Failed attempts of the current run. */
  readonly attempts: number;
  /** The trace it was scheduled in, so that its effects belong to the same trace. */
  readonly traceparent: string;
  /** New with each overwrite, so that a running job cannot advance its successor. */
  readonly version: string;
}

/** What happens to a job after an attempt. */
export type JobOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'next'; readonly dueAt: number; readonly runs: number; readonly attempts: number };

/**
 * Stores the jobs of one app, for all of its sidecars. A due job is claimed by one of them and hidden from the others
 * until the lease ends.
 */
export interface JobStore {
  /** False, without any change, when a job of this name exists and `overwrite` is false. */
  put(call: Call, job: PlannedJob, overwrite: boolean): Promise<boolean>;
  get(call: Call, name: string): Promise<PlannedJob | undefined>;
  /** Deleting a missing job succeeds. */
  delete(call: Call, name: string): Promise<void>;
  /** The jobs whose name begins with the prefix, by name. */
  list(call: Call, namePrefix: string): Promise<readonly PlannedJob[]>;
  deleteByPrefix(call: Call, namePrefix: string): Promise<void>;
  /** Leases jobs that are not leased and due before `before`, soonest first. Two claims never get the same job. */
  claim(before: number, limit: number, leaseMs: number): Promise<readonly PlannedJob[]>;
  /** Renews the leases of claimed jobs. Returns the versions of those that are unchanged and still leased. */
  renew(jobs: readonly PlannedJob[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Ends the claim. Does nothing when the job was replaced or deleted, or the lease has passed to another sidecar. */
  settle(job: PlannedJob, outcome: JobOutcome): Promise<void>;
  /** Releases jobs that were claimed and not started. */
  release(jobs: readonly PlannedJob[]): Promise<void>;
  close(): Promise<void>;
}
