import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { directionsOf, isInputBinding, isOutputBinding } from '#blocks/bindings/binding.ts';
import type { Binding } from '#blocks/bindings/binding.ts';
import type { AppConnection, RegisteredComponent, RegisteredSubscription } from '#blocks/metadata/metadata.ts';
import type { ActiveSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { Loaded } from '#core/component.ts';
import { formatGoDuration } from '#core/duration.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Components } from './load-components.ts';

/** Components as the metadata API lists them, by name. */
export function registeredComponents(components: Components): readonly RegisteredComponent[] {
  const featured = [
    ...components.stateStores.values(),
    ...components.brokers.values(),
    ...components.secretStores.values(),
  ].map((loaded) => registered(loaded, [...loaded.port.features, ...(isActorCapable(loaded.port) ? ['ACTOR'] : [])]));
  const bindings = [...components.bindings.values()].map((loaded) => registered(loaded, bindingDirections(loaded)));
  const plain = [
    ...components.configurationStores.values(),
    ...components.lockStores.values(),
    ...components.conversers.values(),
    ...components.keyVaults.values(),
    ...components.httpMiddlewares.values(),
  ];
  return [...featured, ...bindings, ...plain.map((loaded) => registered(loaded, []))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function registered({ name, type, version }: Loaded<unknown>, capabilities: readonly string[]): RegisteredComponent {
  return { name, type, version, ...(capabilities.length > 0 ? { capabilities } : {}) };
}

function bindingDirections({ metadata, port }: Loaded<Binding>): readonly string[] {
  const { isInput, isOutput } = directionsOf(metadata);
  return [
    ...(isInput && isInputBinding(port) ? ['INPUT_BINDING'] : []),
    ...(isOutput && isOutputBinding(port) ? ['OUTPUT_BINDING'] : []),
  ];
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
