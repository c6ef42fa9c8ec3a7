import { ProblemError } from '../data/problem-error.ts';

/**
 * What a failed checkout request means for its attempt.
 * - `rejected`: the shop rejected it; the next click is a new attempt.
 * - `lost`: no conclusive response: the order may exist.
 * - `key-used`: the key belongs to another request, which may have bought the cart.
 * - `still-open`: this repetition was rejected before it was processed; the first request may have bought the cart.
 */
export type Outcome = 'rejected' | 'lost' | 'key-used' | 'still-open';

export const outcomeOf = (error: unknown, isRepeated: boolean): Outcome => {
  if (!(error instanceof ProblemError) || error.hasNoResponse || error.problem.status >= 500) return 'lost';
  if (error.problem.type === 'idempotency-key-reused') return 'key-used';
  // The shop compares carts after it has looked up the key, so a conflict means that the key is unknown.
  return isRepeated && error.problem.status !== 409 ? 'still-open' : 'rejected';
};
