import type { Resiliency } from '#resilience/resiliency.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { componentEnvironment } from './component-environment.ts';
import { openEndpoints } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { loadComponents } from './load-components.ts';
import type { Components } from './load-components.ts';
import { mcpServers } from './mcp-servers.ts';
import type { McpServers } from './mcp-servers.ts';
import { resilienceFor } from './resilience.ts';
import { internalCall } from './sidecar-dependencies.ts';
import type { PhaseOptions } from './sidecar-dependencies.ts';
import { logSidecarFiles, readSidecarFiles } from './sidecar-files.ts';
import type { SidecarFiles } from './sidecar-files.ts';
import { createTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';

/** What the files of the sidecar name, loaded and connected. */
export interface Loaded {
  readonly files: SidecarFiles;
  readonly telemetry: Telemetry;
  readonly policies: Resiliency;
  readonly components: Components;
  readonly endpoints: Endpoints;
  readonly mcp: McpServers;
}

/** Reads the files and opens what they name. */
export async function loadSidecar(config: SidecarConfig, options: PhaseOptions): Promise<Loaded> {
  const { dependencies, stopping, onClose } = options;
  const files = await readSidecarFiles(config, dependencies);
  const { configuration, resources } = files;
  logSidecarFiles(files, dependencies.log);
  const telemetry = createTelemetry(config, configuration, dependencies);
  onClose(() => telemetry.close());
  const policies = await resilienceFor(resources, telemetry, dependencies);
  const call = internalCall(dependencies, stopping);
  const components = await loadComponents({
    resources: resources.components,
    denied: configuration.deniedComponents,
    dependencies: {
      ...config,
      ...dependencies,
      env: componentEnvironment(config, dependencies.env),
      ...(telemetry.onConsumer ? { onConsumer: telemetry.onConsumer } : undefined),
    },
    call,
    onInit: telemetry.runtime.componentInit,
    wrapping: { policies, recorder: telemetry.activities },
  });
  onClose(() => components.close());
  const endpoints = await openEndpoints(resources.httpEndpoints, components.secretStores, call);
  onClose(() => endpoints.close());
  const mcp = mcpServers(dependencies.log.scoped('dapr.runtime.processor'));
  mcp.follow(resources.mcpServers);
  return { files, telemetry, policies, components, endpoints, mcp };
}
