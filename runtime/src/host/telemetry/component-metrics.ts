import type { MetricsRegistry } from './metrics.ts';
import type { ActivityCounters, CountActivity, OperationMetrics } from './operation-metrics.ts';

/** Counts the operations of components other than brokers, by component. */
export function componentCounters({ family, record }: OperationMetrics) {
  const state = family('state');
  const secret = family('secret');
  const configuration = family('configuration');
  const outputBinding = family('output_binding');
  const inputBinding = family('input_binding');
  const conversation = family('conversation');
  const cryptography = family('crypto');
  const countState: CountActivity = (activity) => {
    // state access of actors is named by actor, of which there may be any number
    if (activity.name.includes('/')) return;
    record(state, activity, { component: activity.name, operation: activity.kind.slice('state.'.length) });
  };
  const countConfiguration: CountActivity = (activity) => {
    const operation = activity.kind.slice('configuration.'.length);
    record(configuration, activity, { component: activity.name, operation });
  };
  return {
    'state.get': countState,
    'state.set': countState,
    'state.delete': countState,
    'state.transact': countState,
    'secret.get': (activity) => record(secret, activity, { component: activity.name, operation: 'get' }),
    'configuration.get': countConfiguration,
    'configuration.subscribe': countConfiguration,
    'binding.invoke': (activity) =>
      record(outputBinding, activity, { component: activity.name, operation: activity.attributes.operation }),
    'binding.read': (activity) => record(inputBinding, activity, { component: activity.name }),
    converse: (activity) => record(conversation, activity, { component: activity.name }),
    crypto: (activity) =>
      record(cryptography, activity, { component: activity.name, operation: activity.attributes.operation }),
  } satisfies ActivityCounters;
}

/** Counts jobs, by operation and outcome. */
export function jobCounters(registry: MetricsRegistry, namespace: string, { family, record }: OperationMetrics) {
  const job = family('job');
  const success = registry.counter('component_job_success_count', 'The number of jobs that the app took.');
  const failure = registry.counter('component_job_failure_count', 'The number of jobs that the app did not take.');
  const triggered = 'job_trigger_op';
  return {
    'job.set': (activity) => record(job, activity, { operation: 'schedule' }),
    'job.fire'(activity) {
      record(job, activity, { operation: triggered });
      (activity.outcome === 'ok' ? success : failure).of({ namespace, operation: triggered })();
    },
  } satisfies ActivityCounters;
}
