import { ProblemError } from '../data/problem-error.ts';

/**
 * What a failed checkout request says about its attempt.
 * - `refused`: the shop decided against it; the next press is a new attempt.
 * - `lost`: no answer that tells: the order may exist.
 * - `key-used`: the key belongs to another request, which may have bought the cart.
 * - `still-open`: this repetition was turned away before it was looked at; the first request may have bought the cart.
 */
export type Outcome = 'refused' | 'lost' | 'key-used' | 'still-open';

export const outcomeOf = (error: unknown, isRepeated: boolean): Outcome => {
  if (!(error instanceof ProblemError) || error.hasNoResponse || error.problem.status >= 500) return 'lost';
  if (error.problem.type === 'idempotency-key-reused') return 'key-used';
  // The shop compares carts after keys, so a conflict means that the key is unknown to it.
  return isRepeated && error.problem.status !== 409 ? 'still-open' : 'refused';
};
