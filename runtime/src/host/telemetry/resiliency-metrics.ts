import type { MetricsRegistry } from './metrics.ts';

/** The target of a policy. */
export interface MeasuredPolicy {
  readonly direction: 'inbound' | 'outbound';
  /** Such as `app_payment`. */
  readonly target: string;
  readonly hasTimeout: boolean;
  readonly hasRetry: boolean;
}

/** Records what one policy does; the states are those of its breaker. */
export interface PolicyMeter {
  applied(state: string | undefined): void;
  timedOut(): void;
  retried(): void;
  changed(state: string): void;
}

const states = ['closed', 'half-open', 'open', 'unknown'];

/**
 * Counts under the reference's names. It labels all policies with the resource that was read last, and so does this.
 */
export function resiliencyMetrics(
  registry: MetricsRegistry,
  resources: readonly { readonly name: string; readonly namespace: string }[],
): (policy: MeasuredPolicy) => PolicyMeter {
  const loaded = registry.counter('resiliency_loaded', 'Number of resiliency policies loaded.');
  const applied = registry.counter(
    'resiliency_count',
    'Number of times a resiliency policyKey has been applied to a building block.',
  );
  const activated = registry.counter(
    'resiliency_activations_total',
    'Number of times a resiliency policyKey has been activated in a building block after a failure or after a state change.',
  );
  const breakerStates = registry.gauge(
    'resiliency_cb_state',
    "A resiliency policy's current CircuitBreakerState state.",
  );
  for (const { name, namespace } of resources) loaded.of({ name, namespace })();
  const { name, namespace } = resources.at(-1) ?? { name: '', namespace: '' };

  return ({ direction, target, hasTimeout, hasRetry }) => {
    const labels = (policy: string, status: string) => ({
      name,
      namespace,
      policy,
      flow_direction: direction,
      target,
      status,
    });
    const recordState = (state: string): void => {
      for (const one of states) breakerStates.set(labels('circuitbreaker', one), one === state ? 1 : 0);
    };
    return {
      applied(state) {
        if (hasTimeout) applied.of(labels('timeout', ''))();
        if (hasRetry) applied.of(labels('retry', ''))();
        if (state === undefined) return;
        applied.of(labels('circuitbreaker', state))();
        recordState(state);
      },
      timedOut: () => activated.of(labels('timeout', ''))(),
      retried: () => activated.of(labels('retry', ''))(),
      changed(state) {
        activated.of(labels('circuitbreaker', state))();
        recordState(state);
      },
    };
  };
}
