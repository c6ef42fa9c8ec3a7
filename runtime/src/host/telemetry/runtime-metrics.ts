import type { ActivityKind } from '#core/activity-attributes.ts';
import type { EndedActivity } from './activity-log.ts';
import { actorCounters } from './actor-metrics.ts';
import { componentCounters, jobCounters } from './component-metrics.ts';
import { invocationCounters } from './invocation-metrics.ts';
import { latencyBounds } from './metrics.ts';
import type { MetricsRegistry } from './metrics.ts';
import { operationMetrics } from './operation-metrics.ts';
import type { AllCounters } from './operation-metrics.ts';
import { pubsubCounters } from './pubsub-metrics.ts';

export interface RuntimeMetrics {
  /** An activity has ended. */
  readonly ended: <Kind extends ActivityKind>(activity: EndedActivity<Kind>) => void;
  /** `component` is a type, such as `state.in-memory`. */
  readonly componentInit: (component: string, outcome: 'ok' | 'error') => void;
  /** A health probe of the app has completed. */
  readonly onProbe: (isHealthy: boolean, durationMs: number) => void;
  /** Access rules have allowed or denied a call. */
  readonly onAccess: (decision: AccessCount) => void;
}

export interface AccessCount {
  readonly isAllowed: boolean;
  readonly decidedBy: 'app' | 'global';
  /** Undefined for an unauthenticated caller. */
  readonly caller: { readonly namespace: string; readonly trustDomain: string } | undefined;
}

/** Component and actor metrics: a projection of the activity stream under the reference's names. */
export function runtimeMetrics(registry: MetricsRegistry, namespace: string): RuntimeMetrics {
  const counters = activityCounters(registry, namespace);
  return {
    ended: (activity) => counters[activity.kind](activity),
    componentInit: componentInit(registry),
    onProbe: probeMetrics(registry),
    onAccess: accessMetrics(registry),
  };
}

/** A new kind of activity is counted here, or listed as not counted. */
function activityCounters(registry: MetricsRegistry, namespace: string): AllCounters {
  const operations = operationMetrics(registry, namespace);
  return {
    ...componentCounters(operations),
    ...jobCounters(registry, namespace, operations),
    ...pubsubCounters(registry, namespace, operations),
    ...actorCounters(registry),
    ...invocationCounters(registry),
    'outbox.relay': notCounted,
    'actor.call': notCounted,
    'actor.turn': notCounted,
    'actor.activate': notCounted,
    'actor.commit': notCounted,
    'timer.set': notCounted,
    'reminder.set': notCounted,
    'configuration.change': notCounted,
    'lock.try': notCounted,
    'lock.release': notCounted,
    retry: notCounted,
  };
}

function notCounted(): void {}

function componentInit(registry: MetricsRegistry): RuntimeMetrics['componentInit'] {
  const loaded = registry.counter('runtime_component_loaded', 'The number of successfully loaded components.');
  const total = registry.counter('runtime_component_init_total', 'The number of initialized components.');
  const failed = registry.counter(
    'runtime_component_init_fail_total',
    'The number of component initialization failures.',
  );
  return (component, outcome) => {
    (outcome === 'ok' ? total : failed).of({ component })();
    if (outcome === 'ok') loaded.of({})();
  };
}

function probeMetrics(registry: MetricsRegistry): RuntimeMetrics['onProbe'] {
  const probes = registry.counter('http_healthprobes_completed_count', 'Count of completed health probes.');
  const latency = registry.histogram(
    'http_healthprobes_roundtrip_latency',
    'Latency of health probes, milliseconds.',
    latencyBounds,
  );
  return (isHealthy, durationMs) => {
    const labels = { status: isHealthy ? '200' : '500' };
    probes.of(labels)();
    latency.of(labels)(durationMs);
  };
}

function accessMetrics(registry: MetricsRegistry): RuntimeMetrics['onAccess'] {
  const decisions = (by: string, what: string) =>
    registry.counter(
      `runtime_acl_${by}_policy_action_${what}_total`,
      `The number of requests ${what} by the ${by} action of the access control policy.`,
    );
  const counters = {
    app: { allowed: decisions('app', 'allowed'), blocked: decisions('app', 'blocked') },
    global: { allowed: decisions('global', 'allowed'), blocked: decisions('global', 'blocked') },
  };
  return ({ isAllowed, decidedBy, caller }) => {
    const { trustDomain = '', namespace: from = '' } = caller ?? {};
    counters[decidedBy][isAllowed ? 'allowed' : 'blocked'].of({ trustDomain, namespace: from })();
  };
}
