import type { Counter, MetricsRegistry } from './metrics.ts';
import type { ActivityCounters } from './operation-metrics.ts';

/** Counts service invocation, by app. */
export function invocationCounters(registry: MetricsRegistry) {
  const sent = registry.counter(
    'runtime_service_invocation_req_sent_total',
    'The number of requests sent via service invocation.',
  );
  const received = registry.counter(
    'runtime_service_invocation_req_recv_total',
    'The number of requests received via service invocation.',
  );
  const sentTo = perApp(sent, 'dst_app_id');
  const receivedFrom = perApp(received, 'src_app_id');
  return {
    'invoke.send': (activity) => sentTo(activity.attributes.app),
    'invoke.receive': (activity) => receivedFrom(activity.attributes.caller),
  } satisfies ActivityCounters;
}

/** Counts by one label, whose text is rendered once per app and not per call. */
function perApp(counter: Counter, label: string): (appId: string) => void {
  const series = new Map<string, () => void>();
  return (appId) => {
    const existing = series.get(appId);
    if (existing) return existing();
    const count = counter.of({ [label]: appId });
    series.set(appId, count);
    count();
  };
}
