import { RuntimeError } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';
import type { RetryRule } from '#core/resiliency-resource.ts';
import { policyOf } from './policy.ts';
import type { PolicyDependencies } from './policy.ts';

/** Three retries, a second apart. */
export const serviceRetryRule: RetryRule = { backoff: { kind: 'constant', delayMs: 1_000 }, maxRetries: 3 };

/** The policy for calls to an app that no resource names. */
export function builtInServiceRetries(dependencies: PolicyDependencies, rule: RetryRule = serviceRetryRule): Policy {
  return policyOf({ retry: rule, isRetryable: ({ cause }) => isTransient(cause) }, dependencies);
}

/** The other side did not accept the request, by its status or because it could not be reached. */
function isTransient(cause: unknown): boolean {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
}
