import type { Call } from './call.ts';

/** The outcome of an attempt, as the codes that retry rules match; either may be unknown. */
export interface AttemptStatus {
  readonly http?: number;
  /** The number of google.rpc.Code. */
  readonly grpc?: number;
}

/** What an attempt reports to its policy beyond its result or exception. */
export interface AttemptNotes {
  /** Whether the policy has retries at all. */
  readonly mayRepeat?: boolean;
  /**
   * The attempt failed with this status. When it returns anyway, as with a 500 of the app that is passed on, the policy
   * returns the last attempt's value.
   */
  failed(status?: AttemptStatus): void;
  /** Another attempt is impossible, as after a stream was read, or useless. */
  last(): void;
}

/** Runs under a policy. `attempt` begins at 1. */
export type PolicyOperation<T> = (call: Call, attempt: number, notes: AttemptNotes) => Promise<T>;

/**
 * Wraps one operation: may retry it, limit its time, or reject it. `name` describes the operation for activities. The
 * last attempt's exception is rethrown.
 */
export type Policy = <T>(call: Call, name: string, operation: PolicyOperation<T>) => Promise<T>;

/** For operations without a policy. */
export const noNotes: AttemptNotes = { failed() {}, last() {} };

/** Runs the operation once. */
export const noPolicy: Policy = (call, _name, operation) => operation(call, 1, noNotes);
