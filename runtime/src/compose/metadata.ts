import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { AppConnection, RegisteredComponent, RegisteredSubscription } from '#blocks/metadata/metadata.ts';
import type { ActiveSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { Loaded } from '#core/component.ts';
import { formatGoDuration } from '#core/duration.ts';
import type { SidecarConfig } from '#host/config.ts';
import { kindNames, kinds } from './component-kinds.ts';
import type { Kind, KindName, Ports } from './component-kinds.ts';
import type { ComponentMaps } from './load-components.ts';

/** Components as the metadata API lists them, by name. */
export function registeredComponents(components: ComponentMaps): readonly RegisteredComponent[] {
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

export function registeredSubscription(
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

export function appConnection({ app }: SidecarConfig): AppConnection {
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
export function actorRuntimeStatus(actors: ActorsBlock) {
  const { runtimeStatus, activeActors, hostReady, placement } = actors.metadata();
  const counted = activeActors.map(({ type, count }) => (count === 0 ? { type } : { type, count }));
  return {
    runtimeStatus,
    ...(counted.length > 0 ? { activeActors: counted } : {}),
    hostReady,
    ...(placement === '' ? {} : { placement }),
  };
}
