import { RuntimeError } from '#core/errors.ts';
import type { MetricsRegistry } from './metrics.ts';

/** Counts errors of the APIs, by Dapr's code and API category. */
export function errorCodeMetrics(registry: MetricsRegistry): (error: unknown) => void {
  const total = registry.counter(
    'error_code_total',
    'Number of times an error with a specific errorcode was encountered.',
  );
  return (error) => {
    if (!(error instanceof RuntimeError)) return;
    total.of({ error_code: error.kind.code, category: categoryOf(error) })();
  };
}

const categories: readonly (readonly [RegExp, string])[] = [
  [/^ERR_ACTOR/, 'actor'],
  [/WORKFLOW|^ERR_INSTANCE_ID/, 'workflow'],
  [/^ERR_(NOT_SUPPORTED_)?STATE/, 'state'],
  [/^ERR_CONFIGURATION/, 'configuration'],
  [/^ERR_CRYPTO/, 'crypto'],
  [/^ERR_(SECRET|PERMISSION_DENIED)/, 'secret'],
  [/^ERR_(PUBSUB|PUBLISH|TOPIC)/, 'pubsub'],
  [/^ERR_CONVERSATION/, 'conversation'],
  [/^ERR_DIRECT_INVOKE/, 'service-invocation'],
  [/^ERR_INVOKE_OUTPUT_BINDING/, 'binding'],
  [/^ERR_(LOCK|TRY_LOCK|UNLOCK)/, 'lock'],
  [/^ERR_(HEALTH|OUTBOUND_HEALTH)/, 'health'],
  [/^DAPR_SCHEDULER/, 'job'],
];

/** `ERR_MALFORMED_REQUEST` belongs to several categories; its details identify which. */
function categoryOf({ kind, details = [] }: RuntimeError): string {
  const resourceType = details.find((detail) => typeof detail['resource_type'] === 'string')?.['resource_type'];
  if (typeof resourceType === 'string') return resourceType;
  return categories.find(([codes]) => codes.test(kind.code))?.[1] ?? 'common';
}
