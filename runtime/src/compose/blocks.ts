import { hostname } from 'node:os';
import { httpConfigurationSink } from '#app/configuration-delivery.ts';
import { httpChannel } from '#app/http-channel.ts';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { actorsBlock } from '#blocks/actors/actor-runtime.ts';
import { actorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { nullPlacement } from '#blocks/actors/placement.ts';
import type { ActorStore } from '#blocks/actors/ports.ts';
import { configurationBlock } from '#blocks/configuration/configuration.ts';
import type { ConfigurationBlock } from '#blocks/configuration/configuration.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { accessList } from '#blocks/invoke/access-list.ts';
import { invokeBlock } from '#blocks/invoke/invoke.ts';
import type { PeerHandler, PeerTransport } from '#blocks/invoke/peers.ts';
import { lockBlock } from '#blocks/lock/lock.ts';
import type { LockBlock } from '#blocks/lock/lock.ts';
import { isPausable } from '#blocks/pubsub/broker.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { pubsubBlock } from '#blocks/pubsub/pubsub.ts';
import { streamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { Subscriptions } from '#blocks/pubsub/subscriptions.ts';
import { topicSubscriptions } from '#blocks/pubsub/subscriptions.ts';
import type { SecretsBlock } from '#blocks/secrets/secrets.ts';
import { secretsBlock } from '#blocks/secrets/secrets.ts';
import type { Outbox } from '#blocks/state/outbox.ts';
import { stateOutbox } from '#blocks/state/outbox.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { stateBlock } from '#blocks/state/state.ts';
import { activityHandler } from '#cluster/activity-wire.ts';
import { clusterActivityReader } from '#cluster/cluster-activity-reader.ts';
import { leasePlacement } from '#cluster/placement.ts';
import type { ClusterActivityReader } from '#core/activity-feed.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { NewCall } from '#core/new-call.ts';
import type { SidecarConfig } from '#host/config.ts';
import type { Configuration } from '#host/configuration.ts';
import type { Resources } from '#host/resources.ts';
import { observedAppChannel } from '../observed/observed-app-channel.ts';
import { observedPeerTransport } from '../observed/observed-peer-transport.ts';
import { resilientActors } from '#resilience/resilient-actors.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import { eventSinkFor, isGrpc } from './app-protocol.ts';
import type { Endpoints } from './endpoints.ts';
import type { Components } from './load-components.ts';
import type { NameResolution } from './name-resolution.ts';
import { outboxChannel } from './outbox.ts';
import { outsideBlocks } from './outside-blocks.ts';
import type { OutsideBlocks } from './outside-blocks.ts';
import type { Telemetry } from './telemetry.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

export interface BlockOptions {
  readonly config: SidecarConfig;
  readonly configuration: Configuration;
  readonly resources: Resources;
  readonly components: Components;
  readonly names: NameResolution;
  readonly transport: PeerTransport;
  /** The address at which other sidecars reach this one, `host:port`. */
  readonly advertisedAddress: string;
  /** Undefined when the sidecar has no app. */
  readonly channel: AppChannel | undefined;
  /** Throws when the app must not be called now. */
  readonly checkApp: () => void;
  readonly telemetry: Telemetry;
  /** Opens the calls that deliver work to the app. */
  readonly newCall: NewCall;
  readonly dependencies: SidecarDependencies;
  readonly policies: Resiliency;
  readonly endpoints: Endpoints;
}

/** All building blocks, for both APIs. */
export interface Blocks extends OutsideBlocks {
  readonly state: StateBlock;
  readonly outbox: Outbox;
  readonly pubsub: PubSubBlock;
  readonly subscriptions: Subscriptions | undefined;
  readonly streams: StreamedSubscriptions;
  readonly secrets: SecretsBlock;
  readonly configuration: ConfigurationBlock;
  readonly lock: LockBlock;
  readonly invoke: Invoke;
  readonly actors: ActorsBlock;
  /** Undefined where the app hosts its actors over HTTP. */
  readonly actorStreams: ActorStreams | undefined;
  readonly feed: ClusterActivityReader;
  /** Handles requests of other sidecars. */
  readonly handlePeerRequest: PeerHandler;
  /** Detaches consumers from removed components and attaches them to new ones. */
  reattachConsumers(drainMs: number): Promise<void>;
  /** Pauses the brokers that support it: they deliver nothing new. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

export function buildBlocks(options: BlockOptions): Blocks {
  const { config, configuration, components, names, transport, channel, telemetry, newCall, dependencies, policies } =
    options;
  const { appId, namespace } = config;
  const { clock, random, log } = dependencies;
  const recorder = telemetry.activities;
  const { brokers } = components;

  const pubsub = pubsubBlock({
    appId,
    namespace,
    brokers,
    recorder,
    clock,
    random,
    log: log.scoped('dapr.runtime.pubsub'),
  });
  const outbox = stateOutbox({
    appId,
    namespace,
    stores: components.stateStores,
    channel: outboxChannel({ appId, brokers, pubsub }),
    newCall,
    clock,
    random,
    log: log.scoped('dapr.outbox'),
  });
  const state = stateBlock({ appId, namespace, stores: components.stateStores, outbox });
  const subscriptionOptions = {
    appId,
    namespace,
    brokers,
    matcher: async () => (await import('#components/cel/expressions.ts')).celRouteMatcher(),
    policyFor: (name: string) => policies.inbound(name, 'Pubsub'),
    recorder,
    newCall,
    clock,
    random,
    log: log.scoped('dapr.runtime.processor.subscription'),
  };
  const subscriptions =
    channel &&
    topicSubscriptions({
      ...subscriptionOptions,
      declared: options.resources.subscriptions,
      app: eventSinkFor(channel),
    });
  const streams = streamedSubscriptions(subscriptionOptions);
  const secrets = secretsBlock({ stores: components.secretStores, scopes: configuration.secretScopes, recorder });

  const configurationApi = configurationBlock({
    stores: components.configurationStores,
    app: channel && httpConfigurationSink(channel),
    recorder,
    newCall,
    random,
    log: log.scoped('dapr.runtime.configuration'),
  });
  const lock = lockBlock({ appId, stores: components.lockStores, recorder });

  const external = new Map<string, AppChannel>();
  const { accessRules } = configuration;
  const isHttp = !config.app.protocol.startsWith('grpc');
  const observedApp = channel && observedAppChannel(channel, recorder, appId);
  const invoke = invokeBlock({
    appId,
    namespace,
    names: names.resolver,
    peers: observedPeerTransport(transport, recorder),
    app() {
      options.checkApp();
      return observedApp;
    },
    policyFor: (target, endpoint) => policies.app(target, endpoint),
    retriesFor: (id) => policies.serviceRetries(id),
    endpoint: (name) => options.endpoints.named(name),
    ...(accessRules
      ? { access: accessList(accessRules, { isHttp, onDecision: telemetry.runtime.onAccess }) }
      : undefined),
    external: (origin) => externalChannel(external, origin),
    host: { address: names.advertisedHost, name: hostname() },
    clock,
    log: log.scoped('dapr.runtime.direct_messaging'),
  });

  const actorLog = log.scoped('dapr.runtime.actor');
  const store = actorStoreOf(options);
  const placement = store
    ? leasePlacement({
        store: store.ownership,
        self: { id: random.uuid(), appId, address: options.advertisedAddress },
        clock,
        log: actorLog,
        timing: { drainLimitMs: config.disseminateTimeoutMs },
        onHostLost: ({ address }) => transport.abandon(address, 'actor', 'its lease has ended'),
      })
    : nullPlacement();
  const isPlacementConfigured = config.placementAddress !== '';
  if (!isPlacementConfigured) logMissingPlacement(actorLog, store !== undefined);
  const plainActors = actorsBlock({
    appId,
    store,
    placement,
    peer: transport,
    publisher: pubsub,
    recorder,
    newCall,
    clock,
    random,
    log: actorLog,
    isPlacementRequested: isPlacementConfigured,
    disseminateTimeoutMs: config.disseminateTimeoutMs,
  });
  const actors = resilientActors(plainActors, policies);

  const activities = telemetry.activities;
  const handleActivities = activityHandler(activities);
  const handlePeerRequest: PeerHandler = (call, request) => {
    switch (request.purpose) {
      case 'invoke':
        return invoke.receive(call, request);
      case 'actor':
        return actors.handlePeerRequest(call, request);
      case 'activities':
        return handleActivities(call, request);
    }
  };
  const feed = clusterActivityReader({ appId, localFeed: activities, resolver: names.resolver, transport, clock, log });
  const outside = outsideBlocks(options, state);
  return {
    ...outside,
    state,
    outbox,
    pubsub,
    subscriptions,
    streams,
    secrets,
    configuration: configurationApi,
    lock,
    invoke,
    actors,
    actorStreams: channel && !isGrpc(channel) ? undefined : actorStreams(actors),
    feed,
    handlePeerRequest,
    async reattachConsumers(drainMs) {
      await Promise.all([
        outside.refreshBindings(drainMs),
        subscriptions?.resubscribe(drainMs),
        streams.resubscribe(drainMs),
      ]);
    },
    async pause() {
      const pauses = [...brokers.values()].map(async ({ name, port }) => {
        const pausing = isPausable(port) ? port.pause() : Promise.resolve();
        const logFailure = (cause: unknown): void =>
          log.warn({ component: name, error: textOf(cause) }, 'pausing the broker failed');
        await waitUpTo(clock, pauseLimitMs, pausing.catch(logFailure));
      });
      await Promise.all(pauses);
    },
    async close() {
      await outbox.close();
      await configurationApi.close();
      await Promise.all([...external.values()].map((one) => one.close()));
      await outside.closeJobs();
      await store?.close();
    },
  };
}

/**
 * Logs what to expect of actors without a placement address; the beginning is the reference's message, which tools
 * search for.
 */
function logMissingPlacement(log: Log, hasStore: boolean): void {
  const message = 'Actor runtime disabled: placement service is not configured';
  if (!hasStore) {
    log.info({}, `${message}; mark a state store with actorStateStore: true to have actors`);
    return;
  }
  log.info({}, 'actors: ready when the app hosts some; no placement service is needed');
  log.debug({}, `${message}; actors are placed by the state store instead`);
}

/** The first state component with `actorStateStore: true`, as on the reference. */
function actorStoreOf({ components, config, dependencies }: BlockOptions): ActorStore | undefined {
  for (const { name, metadata, port } of components.stateStores.values()) {
    if (metadata['actorstatestore']?.toLowerCase() !== 'true') continue;
    if (isActorCapable(port)) return port.actorStore(config.appId);
    dependencies.log.warn({ component: name }, 'this state store does not support actors: actorStateStore is ignored');
  }
  return undefined;
}

/** A broker that does not respond must not block the stop. */
const pauseLimitMs = 1000;

function externalChannel(open: Map<string, AppChannel>, origin: string): AppChannel {
  let channel = open.get(origin);
  if (!channel) {
    const { protocol, host } = new URL(origin);
    channel = httpChannel({
      address: host,
      protocol: protocol === 'https:' ? 'https' : 'http',
      verifyCertificate: true,
    });
    open.set(origin, channel);
  }
  return channel;
}
