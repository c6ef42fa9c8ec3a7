import type { SidecarConfig } from '#host/config/config.ts';
import type { Environment } from '#host/config/environment.ts';

/** The environment for components: Dapr adds the sidecar's id and ports. */
export function componentEnvironment({ appId, app, ports }: SidecarConfig, env: Environment): Environment {
  return {
    ...env,
    APP_ID: appId,
    APP_PORT: String(app.port),
    DAPR_HTTP_PORT: String(ports.http),
    DAPR_GRPC_PORT: String(ports.grpc),
    DAPR_PORT: String(ports.internal),
    ...(ports.metrics === undefined ? undefined : { DAPR_METRICS_PORT: String(ports.metrics) }),
  };
}
