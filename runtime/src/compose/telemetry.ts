import type { CompletedRpc } from '#api/grpc/open-rpc.ts';
import type { CompletedRequest } from '#api/http/server/router.ts';
import type { ConsumerStatus } from '#core/component.ts';
import { ActivityLog } from '#host/telemetry/activity-log.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import { consumerMetrics } from '#host/telemetry/consumer-metrics.ts';
import { errorCodeMetrics } from '#host/telemetry/error-code-metrics.ts';
import { rpcMetrics } from '#host/telemetry/grpc-metrics.ts';
import { appRequestMetrics, httpMetrics } from '#host/telemetry/http-metrics.ts';
import type { AppRequest } from '#host/telemetry/http-metrics.ts';
import { metricsRegistry } from '#host/telemetry/metrics.ts';
import type { MetricsRegistry } from '#host/telemetry/metrics.ts';
import { runtimeMetrics } from '#host/telemetry/runtime-metrics.ts';
import type { RuntimeMetrics } from '#host/telemetry/runtime-metrics.ts';
import { traceExport } from '#host/telemetry/trace-export.ts';
import { apiLog, rpcLog } from './api-log.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

/** Activities, metrics and traces of a sidecar. */
export interface Telemetry {
  readonly activities: ActivityLog;
  readonly registry: MetricsRegistry;
  readonly runtime: RuntimeMetrics;
  /** Undefined without metrics and API log. */
  readonly onCompleted?: (request: CompletedRequest) => void;
  /** The same for the gRPC API. */
  readonly onRpcCompleted?: (rpc: CompletedRpc) => void;
  /** Receives the errors of both APIs. Undefined when they are not counted. */
  readonly onRequestError?: (error: unknown) => void;
  /** Undefined without metrics. */
  readonly onConsumer?: (status: ConsumerStatus) => void;
  /** Undefined without metrics. */
  readonly onAppRequest: ((request: AppRequest) => void) | undefined;
  /** Sends pending traces. */
  close(): Promise<void>;
  readonly onProbe: (isHealthy: boolean, durationMs: number) => void;
}

export function createTelemetry(
  config: SidecarConfig,
  configuration: Configuration,
  dependencies: SidecarDependencies,
): Telemetry {
  const registry = metricsRegistry({ app_id: config.appId });
  const runtime = runtimeMetrics(registry, config.namespace);
  const hasMetrics = config.ports.metrics !== undefined && configuration.metrics.isOn;
  const hasApiLog = configuration.apiLogging.isOn ?? config.apiLogging;
  const onCompleted = combineListeners([
    ...(hasMetrics ? [httpMetrics(registry, configuration.metrics)] : []),
    ...(hasApiLog ? [apiLog(dependencies.log, configuration.apiLogging)] : []),
  ]);
  const onRpcCompleted = combineListeners([
    ...(hasMetrics ? [rpcMetrics(registry, configuration.metrics)] : []),
    ...(hasApiLog ? [rpcLog(dependencies.log)] : []),
  ]);
  const { appId } = config;
  const traces = traceExport({
    tracing: configuration.tracing,
    appId,
    clock: dependencies.clock,
    log: dependencies.log.scoped('dapr.runtime.trace'),
  });
  const activities = new ActivityLog({
    appId: config.appId,
    clock: dependencies.clock,
    random: dependencies.random,
    ...(hasMetrics ? { onEnd: runtime.ended } : undefined),
    ...(traces ? { onSpan: traces.onSpan } : undefined),
  });
  const onAppRequest = hasMetrics ? appRequestMetrics(registry, configuration.metrics) : undefined;
  return {
    activities,
    registry,
    runtime,
    close: () => traces?.close() ?? Promise.resolve(),
    onAppRequest,
    onProbe: runtime.onProbe,
    ...(hasMetrics ? { onConsumer: consumerMetrics(registry, config.namespace) } : undefined),
    ...(onCompleted ? { onCompleted } : undefined),
    ...(onRpcCompleted ? { onRpcCompleted } : undefined),
    ...(hasMetrics && configuration.metrics.countsErrorCodes
      ? { onRequestError: errorCodeMetrics(registry) }
      : undefined),
  };
}

/** Combines listeners; undefined without any. */
function combineListeners<Item>(listeners: readonly ((item: Item) => void)[]): ((item: Item) => void) | undefined {
  if (listeners.length === 0) return undefined;
  return (item) => {
    for (const listener of listeners) listener(item);
  };
}
