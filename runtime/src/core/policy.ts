import type { Call } from './call.ts';

/** What came of an attempt, in numbers that retry rules are written for; either may be unknown. */
export interface AttemptStatus {
  readonly http?: number;
  /** The number of google.rpc.Code. */
  readonly grpc?: number;
}

/** What a policy should know of an attempt beyond what it throws or returns. */
export interface AttemptNotes {
  /** Whether the policy has retries at all. */
  readonly mayRepeat?: boolean;
  /**
   * The attempt failed with this status. When it returns all the same, as with an app's 500 that is passed on, the last
   * attempt's value is what the policy returns.
   */
  failed(status?: AttemptStatus): void;
  /** Another attempt is impossible, as after a stream was read, or cannot help. */
  last(): void;
}

/** Runs under a policy. `attempt` begins at 1. */
export type PolicyOperation<T> = (call: Call, attempt: number, notes: AttemptNotes) => Promise<T>;

/**
 * Wraps one operation: may run it several times, bound its time, or refuse it. `name` says what is done, for records.
 * What the last attempt throws is thrown on.
 */
export type Policy = <T>(call: Call, name: string, operation: PolicyOperation<T>) => Promise<T>;

/** For operations that nobody judges. */
export const noNotes: AttemptNotes = { failed() {}, last() {} };

/** Runs the operation once. */
export const noPolicy: Policy = (call, _name, operation) => operation(call, 1, noNotes);
