import type { AttemptStatus } from '#core/policy.ts';
import type { CodeRange, RetryRule } from '#core/resiliency-resource.ts';

/** A failure without a status, such as a broken connection, is always retried; others when the rule lists them. */
export function isRetried({ httpCodes, grpcCodes }: RetryRule, status: AttemptStatus | undefined): boolean {
  if (status === undefined) return true;
  return isListed(httpCodes, status.http) && isListed(grpcCodes, status.grpc);
}

function isListed(ranges: readonly CodeRange[] | undefined, code: number | undefined): boolean {
  if (ranges === undefined || code === undefined) return true;
  return ranges.some(([from, to]) => from <= code && code <= to);
}
