import { RuntimeError } from '#core/errors.ts';
import type { Policy } from '#core/policy.ts';
import type { RetryRule } from '#core/resiliency-resource.ts';
import { policyOf } from './policy.ts';
import type { PolicyDependencies } from './policy.ts';

/** Three more tries, a second apart. */
export const serviceRetryRule: RetryRule = { backoff: { kind: 'constant', delayMs: 1_000 }, maxRetries: 3 };

/** What surrounds calls to an app that no policy names. */
export function builtInServiceRetries(dependencies: PolicyDependencies, rule: RetryRule = serviceRetryRule): Policy {
  return policyOf({ retry: rule, isRetryable: ({ cause }) => isTransient(cause) }, dependencies);
}

/** The other side said, or the way there made clear, that it did not take the request. */
function isTransient(cause: unknown): boolean {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
}
