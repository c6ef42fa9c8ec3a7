import type { ActivityKind } from '#core/activity-attributes.ts';
import type { EndedActivity } from './activity-log.ts';
import { latencyBounds } from './metrics.ts';
import type { Counter, Histogram, MetricsRegistry } from './metrics.ts';

/** Count and latency of the operations of one building block. */
export interface OperationFamily {
  readonly count: Counter;
  readonly latency: Histogram;
}

/** Counts the activities of one kind. */
export type CountActivity<Kind extends ActivityKind = ActivityKind> = (activity: EndedActivity<Kind>) => void;

export type AllCounters = { readonly [Kind in ActivityKind]: CountActivity<Kind> };
export type ActivityCounters = Partial<AllCounters>;

export interface OperationMetrics {
  readonly family: (name: string) => OperationFamily;
  /** Counts an activity and its duration under its labels. */
  readonly record: (family: OperationFamily, activity: EndedActivity, labels: Readonly<Record<string, string>>) => void;
}

export function operationMetrics(registry: MetricsRegistry, namespace: string): OperationMetrics {
  const series = new Map<string, (durationMs: number) => void>();
  const open = (family: OperationFamily, activity: EndedActivity, labels: Readonly<Record<string, string>>) => {
    const all: Record<string, string> = { namespace, ...labels };
    // the one family that labels the outcome differently
    if (!('process_status' in labels)) all['success'] = String(activity.outcome === 'ok');
    const count = family.count.of(all);
    const observe = family.latency.of(all);
    return (durationMs: number): void => {
      count();
      observe(durationMs);
    };
  };
  return {
    family(name) {
      const subject = name.replaceAll('_', ' ');
      return {
        count: registry.counter(`component_${name}_count`, `The number of ${subject} operations.`),
        latency: registry.histogram(`component_${name}_latencies`, `Latency of ${subject} operations.`, latencyBounds),
      };
    },
    record(family, activity, labels) {
      let key = `${activity.kind} ${activity.outcome}`;
      for (const name in labels) key += ` ${labels[name]}`;
      let count = series.get(key);
      if (!count) series.set(key, (count = open(family, activity, labels)));
      count(activity.durationMs);
    },
  };
}
