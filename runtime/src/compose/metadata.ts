import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { metadataBlock } from '#blocks/metadata/metadata.ts';
import type {
  AppConnection,
  MetadataBlock,
  RegisteredComponent,
  RegisteredSubscription,
} from '#blocks/metadata/metadata.ts';
import type { ActiveSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { Loaded } from '#core/component.ts';
import { formatGoDuration } from '#core/duration.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { daprVersion } from '#host/process/version.ts';
import type { BlockOptions } from './blocks/block-options.ts';
import type { Blocks } from './blocks/blocks.ts';
import { kindNames, kinds } from './component-kinds.ts';
import type { Kind, KindName, Ports } from './component-kinds.ts';
import type { ComponentMaps } from './load-components.ts';
import type { McpServers } from './mcp-servers.ts';

/** Components as the metadata API lists them, by name. */
function registeredComponents(components: ComponentMaps): readonly RegisteredComponent[] {
  return kindNames.flatMap((kindName) => componentsOf(kindName, components)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function componentsOf<Name extends KindName>(kindName: Name, components: ComponentMaps): RegisteredComponent[] {
  const kind: Kind<Ports[Name]> = kinds[kindName];
  const map: ReadonlyMap<string, Loaded<Ports[Name]>> = components[kindName];
  return [...map.values()].map((component) => {
    const { name, type, version } = component;
    const capabilities = kind.capabilities(component);
    return { name, type, version, ...(capabilities.length > 0 ? { capabilities } : {}) };
  });
}

const types = { declarative: 'DECLARATIVE', programmatic: 'PROGRAMMATIC', streaming: 'STREAMING' } as const;

function registeredSubscription(
  subscription: Omit<ActiveSubscription, 'source'> & { readonly source: keyof typeof types },
): RegisteredSubscription {
  const { pubsubname, topic, metadata, rules, defaultRoute, deadLetterTopic = '', source } = subscription;
  const listed = rules.map(({ match, path }) => ({ match, path }));
  return {
    pubsubname,
    topic,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    rules: defaultRoute === undefined ? listed : [...listed, { path: defaultRoute }],
    deadLetterTopic,
    type: types[source],
  };
}

function appConnection({ app }: SidecarConfig): AppConnection {
  const { port, protocol, address, maxConcurrency, health } = app;
  return {
    ...(port > 0 ? { port } : {}),
    protocol,
    channelAddress: address,
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(health
      ? {
          health: {
            healthCheckPath: health.path,
            healthProbeInterval: formatGoDuration(health.intervalMs),
            healthProbeTimeout: formatGoDuration(health.timeoutMs),
            healthThreshold: health.threshold,
          },
        }
      : {}),
  };
}

/** Dapr omits zero values. */
function actorRuntimeStatus(actors: ActorsBlock) {
  const { runtimeStatus, activeActors, hostReady, placement } = actors.metadata();
  const counted = activeActors.map(({ type, count }) => (count === 0 ? { type } : { type, count }));
  return {
    runtimeStatus,
    ...(counted.length > 0 ? { activeActors: counted } : {}),
    hostReady,
    ...(placement === '' ? {} : { placement }),
  };
}

/** The metadata API of a sidecar. */
export function metadataOf(
  { config, configuration, resources, components }: BlockOptions,
  blocks: Blocks,
  mcp: McpServers,
): MetadataBlock {
  // without an app they have no consumer, and upstream lists them anyway
  const declaredOnly = resources.subscriptions.map((one) => ({ ...one, source: 'declarative' }) as const);
  return metadataBlock({
    appId: config.appId,
    version: daprVersion,
    features: [...configuration.features].filter(([, isOn]) => isOn).map(([name]) => name),
    appConnection: appConnection(config),
    httpEndpoints: resources.httpEndpoints.map(({ name }) => name),
    resiliencies: resources.resiliencies.map(({ name }) => name),
    mcpServers: () => mcp.names(),
    components: () => registeredComponents(components),
    subscriptions: () => [
      ...(blocks.subscriptions?.list() ?? declaredOnly).map(registeredSubscription),
      ...blocks.streams.list().map((one) => registeredSubscription({ ...one, source: 'streaming' })),
    ],
    actorRuntime: () => actorRuntimeStatus(blocks.actors),
  });
}
