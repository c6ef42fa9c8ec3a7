import type { Call } from './call.ts';

/**
 * Wraps one operation: may run it several times, bound its time, or refuse it. `name` says what is done, for records.
 * `attempt` begins at 1. What the last attempt throws is thrown on.
 */
export type Policy = <T>(
  call: Call,
  name: string,
  operation: (call: Call, attempt: number) => Promise<T>,
) => Promise<T>;

/** Runs the operation once. */
export const noPolicy: Policy = (call, _name, operation) => operation(call, 1);
