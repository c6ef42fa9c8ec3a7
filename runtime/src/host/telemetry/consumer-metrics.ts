import type { ConsumerStatus } from '#core/component.ts';
import type { MetricsRegistry } from './metrics.ts';

/** The progress of the app's consumers, by component and topic. */
export function consumerMetrics(registry: MetricsRegistry, namespace: string): (status: ConsumerStatus) => void {
  const gauge = (name: string, help: string) =>
    registry.gauge(`outrigger_component_pubsub_consumer_${name}`, `The number of messages ${help}.`);
  const gauges = {
    pending: gauge('pending', 'that wait to be delivered to the consumer'),
    ackPending: gauge('ack_pending', 'that were delivered to the consumer and are not acknowledged yet'),
    redelivered: gauge('redelivered', 'that are not acknowledged and were delivered more than once'),
  };
  return ({ component, topic, ...counts }) => {
    const labels = { namespace, component, topic };
    for (const name of ['pending', 'ackPending', 'redelivered'] as const) gauges[name].set(labels, counts[name]);
  };
}
