import { defineError } from '#core/errors.ts';

/** An attempt took longer than the policy allows. */
export const policyTimeout = defineError(
  { code: 'ERR_POLICY_TIMEOUT', http: 500, grpc: 'DeadlineExceeded' },
  () => 'context deadline exceeded',
);

/** Nothing was tried: there were too many failures before. */
export const breakerOpen = defineError(
  { code: 'ERR_BREAKER_OPEN', http: 500, grpc: 'Unknown' },
  () => 'circuit breaker is open',
);

/** Nothing was tried: a half open breaker has let through as many as it may. */
export const breakerBusy = defineError(
  { code: 'ERR_BREAKER_BUSY', http: 500, grpc: 'Unknown' },
  () => 'too many requests',
);
