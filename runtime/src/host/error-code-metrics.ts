import { RuntimeError } from '#core/errors.ts';
import type { MetricsRegistry } from './metrics.ts';

/** Counts what the doors refuse, by the wire's code and the part of the API it belongs to. */
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

/** One code, `ERR_MALFORMED_REQUEST`, belongs to several parts; its details tell which. */
function categoryOf({ kind, details = [] }: RuntimeError): string {
  const resourceType = details.find((detail) => typeof detail['resource_type'] === 'string')?.['resource_type'];
  if (typeof resourceType === 'string') return resourceType;
  return categories.find(([codes]) => codes.test(kind.code))?.[1] ?? 'common';
}
