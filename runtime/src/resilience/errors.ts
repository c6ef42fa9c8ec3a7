import { defineError } from '#core/errors.ts';

/** An attempt took longer than the policy allows. */
export const policyTimeout = defineError(
  { code: 'ERR_POLICY_TIMEOUT', http: 500, grpc: 'DeadlineExceeded' },
  () => 'context deadline exceeded',
);

/** Nothing was attempted: there were too many failures before. */
export const breakerOpen = defineError(
  { code: 'ERR_BREAKER_OPEN', http: 500, grpc: 'Unknown' },
  () => 'circuit breaker is open',
);

/** Nothing was attempted: a half-open breaker has passed its maximum of trial requests. */
export const breakerBusy = defineError(
  { code: 'ERR_BREAKER_BUSY', http: 500, grpc: 'Unknown' },
  () => 'too many requests',
);
