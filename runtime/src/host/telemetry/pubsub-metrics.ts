import type { EndedActivity } from './activity-log.ts';
import type { MetricsRegistry } from './metrics.ts';
import type { ActivityCounters, CountActivity, OperationMetrics } from './operation-metrics.ts';

/** Counts published and delivered events, by component and topic. */
export function pubsubCounters(registry: MetricsRegistry, namespace: string, { family, record }: OperationMetrics) {
  const egress = family('pubsub_egress');
  const ingress = family('pubsub_ingress');
  const bulkEgress = family('pubsub_egress_bulk');
  const bulkIngress = family('pubsub_ingress_bulk');
  const bulkEvents = (direction: string) =>
    registry.counter(
      `component_pubsub_${direction}_bulk_event_count`,
      `The number of messages in bulk ${direction} operations.`,
    );
  const egressEvents = bulkEvents('egress');
  const ingressEvents = bulkEvents('ingress');
  const deadLetters = registry.counter(
    'outrigger_component_pubsub_dead_letter_count',
    'The number of events moved to a dead letter topic.',
  );

  const countBatch: CountActivity<'deliver'> = (activity) => {
    const labels = { namespace, ...target(activity) };
    bulkIngress.count.of(labels)();
    bulkIngress.latency.of(labels)(activity.durationMs);
    for (const outcome of ['success', 'drop', 'retry'] as const) {
      const events = activity.attributes[outcome] ?? 0;
      if (events > 0) ingressEvents.of({ ...labels, process_status: outcome })(events);
    }
  };
  return {
    publish(activity) {
      // publishes of a bulk are counted with it
      if (activity.attributes.bulk !== true) record(egress, activity, target(activity));
    },
    'publish.bulk'(activity) {
      const labels = target(activity);
      record(bulkEgress, activity, labels);
      const stored = activity.attributes.stored ?? 0;
      if (stored > 0) egressEvents.of({ namespace, ...labels, success: 'true' })(stored);
    },
    deliver(activity) {
      if (activity.attributes.entries !== undefined) return countBatch(activity);
      const outcome = activity.attributes.outcome || (activity.outcome === 'ok' ? 'success' : 'retry');
      // a drop is a successful response of the app
      const status = outcome === 'drop' ? 'success' : outcome;
      record(ingress, activity, { ...target(activity), process_status: outcome, status });
    },
    'dead-letter'(activity) {
      if (activity.outcome !== 'ok') return;
      const labels = { component: activity.attributes.pubsub, topic: activity.attributes.topic };
      deadLetters.of({ namespace, ...labels, dead_letter_topic: activity.name })();
    },
  } satisfies ActivityCounters;
}

function target(activity: EndedActivity<'publish' | 'publish.bulk' | 'deliver'>): {
  readonly component: string;
  readonly topic: string;
} {
  return { component: activity.attributes.pubsub, topic: activity.name };
}
