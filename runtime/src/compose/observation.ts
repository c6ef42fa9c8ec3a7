import type { AnsweredRequest } from '#api/http/server.ts';
import { ActivityLog } from '#host/activity-log.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Configuration } from '#host/configuration.ts';
import { appRequestMetrics, httpMetrics } from '#host/http-metrics.ts';
import type { AppRequest } from '#host/http-metrics.ts';
import { metricsRegistry } from '#host/metrics.ts';
import type { MetricsRegistry } from '#host/metrics.ts';
import { runtimeMetrics } from '#host/runtime-metrics.ts';
import type { RuntimeMetrics } from '#host/runtime-metrics.ts';
import { apiLog } from './api-log.ts';
import type { World } from './world.ts';

/** What watches a sidecar at work. */
export interface Observation {
  readonly activities: ActivityLog;
  readonly registry: MetricsRegistry;
  readonly runtime: RuntimeMetrics;
  /** Undefined when nobody wants to know. */
  readonly onAnswered?: (request: AnsweredRequest) => void;
  /** Undefined when there are no metrics. */
  readonly onAppRequest: ((request: AppRequest) => void) | undefined;
  readonly onProbe: (isHealthy: boolean, durationMs: number) => void;
}

export function observation(config: SidecarConfig, configuration: Configuration, world: World): Observation {
  const registry = metricsRegistry({ app_id: config.appId });
  const runtime = runtimeMetrics(registry, config.namespace);
  const hasMetrics = config.ports.metrics !== undefined && configuration.metrics.isOn;
  const listeners = [
    ...(hasMetrics ? [httpMetrics(registry, configuration.metrics)] : []),
    ...((configuration.apiLogging ?? config.apiLogging) ? [apiLog(world.log)] : []),
  ];
  const activities = new ActivityLog({
    appId: config.appId,
    clock: world.clock,
    chance: world.chance,
    ...(hasMetrics ? { onEnd: runtime.ended } : undefined),
  });
  const onAppRequest = hasMetrics ? appRequestMetrics(registry, configuration.metrics) : undefined;
  const common = { activities, registry, runtime, onAppRequest, onProbe: runtime.onProbe };
  if (listeners.length === 0) return common;
  const onAnswered = (request: AnsweredRequest): void => {
    for (const listener of listeners) listener(request);
  };
  return { ...common, onAnswered };
}
