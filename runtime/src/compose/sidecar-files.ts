import type { Log } from '#core/log.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { readConfiguration } from '#host/resources/configuration.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import { readResources } from '#host/resources/resources.ts';
import type { Resources } from '#host/resources/resources.ts';
import { placeholderUuid } from './hot-reload.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

/** The configuration and resource files of a sidecar. */
export interface SidecarFiles {
  readonly configuration: Configuration;
  readonly resources: Resources;
  /** The same resources with `placeholderUuid` for templates, to detect changes. */
  readonly comparable: Resources;
  /** Reads the resources again; `uuid` replaces the one of templates. */
  readonly read: (uuid?: () => string) => Promise<Resources>;
}

export async function readSidecarFiles(
  config: SidecarConfig,
  { env, random }: Pick<SidecarDependencies, 'env' | 'random'>,
): Promise<SidecarFiles> {
  const { resourcesPaths } = config;
  const reader = { ...config, env, uuid: () => random.uuid() };
  let hasUuids = false;
  const uuid = (): string => ((hasUuids = true), placeholderUuid());
  const [configuration, comparable] = await Promise.all([
    readConfiguration(config.configPaths, env),
    readResources(resourcesPaths, { ...reader, uuid }),
  ]);
  const later = { ...reader, loading: 'resources from disk' };
  return {
    configuration,
    resources: hasUuids ? await readResources(resourcesPaths, reader) : comparable,
    comparable,
    read: (made) => readResources(resourcesPaths, made ? { ...later, uuid: made } : later),
  };
}

/** Logs what the files configure, and what is wrong or without effect in them. */
export function logSidecarFiles({ configuration, resources }: SidecarFiles, log: Log): void {
  log.info(
    {},
    // the reference's message, including its part names
    `Dapr trace sampler initialized: ParentBased{root:TraceIDRatioBased{${configuration.samplingRate}},remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}`,
  );
  log.info({}, `metric spec: ${configuration.metricSpec}`);
  for (const part of configuration.withoutEffect) log.warn({}, `spec.${part} of the configuration has no effect yet`);
  for (const problem of resources.problems) log.error({}, problem);
}
