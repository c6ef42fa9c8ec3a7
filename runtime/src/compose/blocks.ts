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
import { fleetFeed } from '#cluster/fleet-feed.ts';
import { leasePlacement } from '#cluster/placement.ts';
import type { FleetFeed } from '#core/activity-feed.ts';
import { atMost } from '#core/at-most.ts';
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
import type { Names } from './names.ts';
import { outboxChannel } from './outbox.ts';
import { outsideBlocks } from './outside-blocks.ts';
import type { OutsideBlocks } from './outside-blocks.ts';
import type { Observation } from './observation.ts';
import type { World } from './world.ts';

export interface BlockParts {
  readonly config: SidecarConfig;
  readonly configuration: Configuration;
  readonly resources: Resources;
  readonly components: Components;
  readonly names: Names;
  readonly transport: PeerTransport;
  /** Where other sidecars reach this one, `host:port`. */
  readonly ownAddress: string;
  /** Undefined when the sidecar has no app. */
  readonly channel: AppChannel | undefined;
  /** Throws when the app must not be called now. */
  readonly checkApp: () => void;
  readonly observation: Observation;
  /** Opens the calls that bring work to the app. */
  readonly newCall: NewCall;
  readonly world: World;
  readonly policies: Resiliency;
  readonly endpoints: Endpoints;
}

/** All building blocks, for both doors. */
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
  /** Undefined where the app hosts its actors behind HTTP. */
  readonly actorStreams: ActorStreams | undefined;
  readonly feed: FleetFeed;
  /** Answers other sidecars. */
  readonly answerPeer: PeerHandler;
  /** Components have changed: those who read from them leave the ones that are gone and take up the new ones. */
  rejoin(drainMs: number): Promise<void>;
  /** Asks those brokers that can to bring nothing new. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

export function buildBlocks(parts: BlockParts): Blocks {
  const { config, configuration, components, names, transport, channel, observation, newCall, world, policies } = parts;
  const { appId, namespace } = config;
  const { clock, chance, log } = world;
  const recorder = observation.activities;
  const { brokers } = components;

  const pubsub = pubsubBlock({
    appId,
    namespace,
    brokers,
    recorder,
    clock,
    chance,
    log: log.scoped('dapr.runtime.pubsub'),
  });
  const outbox = stateOutbox({
    appId,
    namespace,
    stores: components.stateStores,
    channel: outboxChannel({ appId, brokers, pubsub }),
    newCall,
    clock,
    chance,
    log: log.scoped('dapr.outbox'),
  });
  const state = stateBlock({ appId, namespace, stores: components.stateStores, outbox });
  const subscribing = {
    appId,
    namespace,
    brokers,
    matcher: async () => (await import('#components/cel/expressions.ts')).celRouteMatcher(),
    policyFor: (name: string) => policies.inbound(name, 'Pubsub'),
    recorder,
    newCall,
    clock,
    chance,
    log: log.scoped('dapr.runtime.processor.subscription'),
  };
  const subscriptions =
    channel &&
    topicSubscriptions({ ...subscribing, declared: parts.resources.subscriptions, app: eventSinkFor(channel) });
  const streams = streamedSubscriptions(subscribing);
  const secrets = secretsBlock({ stores: components.secretStores, scopes: configuration.secretScopes, recorder });

  const configured = configurationBlock({
    stores: components.configurationStores,
    app: channel && httpConfigurationSink(channel),
    recorder,
    newCall,
    chance,
    log: log.scoped('dapr.runtime.configuration'),
  });
  const lock = lockBlock({ appId, stores: components.lockStores, recorder });

  const external = new Map<string, AppChannel>();
  const { accessRules } = configuration;
  const isHttp = !config.app.protocol.startsWith('grpc');
  const ownApp = channel && observedAppChannel(channel, recorder, appId);
  const invoke = invokeBlock({
    appId,
    namespace,
    names: names.resolver,
    peers: observedPeerTransport(transport, recorder),
    app() {
      parts.checkApp();
      return ownApp;
    },
    policyFor: (target, endpoint) => policies.app(target, endpoint),
    retriesFor: (id) => policies.serviceRetries(id),
    endpoint: (name) => parts.endpoints.named(name),
    ...(accessRules
      ? { access: accessList(accessRules, { isHttp, onDecision: observation.runtime.onAccess }) }
      : undefined),
    external: (origin) => externalChannel(external, origin),
    host: { address: names.ownHost, name: hostname() },
    clock,
    log: log.scoped('dapr.runtime.direct_messaging'),
  });

  const actorLog = log.scoped('dapr.runtime.actor');
  const store = actorStoreOf(parts);
  const placement = store
    ? leasePlacement({
        store: store.ownership,
        self: { id: chance.uuid(), appId, address: parts.ownAddress },
        clock,
        log: actorLog,
        timing: { drainLimitMs: config.disseminateTimeoutMs },
        hostLost: ({ address }) => transport.abandon(address, 'actor', 'its lease has ended'),
      })
    : nullPlacement();
  const isAskedFor = config.placementAddress !== '';
  if (!isAskedFor) tellOfNoPlacement(actorLog, store !== undefined);
  const plainActors = actorsBlock({
    appId,
    store,
    placement,
    peer: transport,
    publisher: pubsub,
    recorder,
    newCall,
    clock,
    chance,
    log: actorLog,
    isAskedFor,
    disseminateTimeoutMs: config.disseminateTimeoutMs,
  });
  const actors = resilientActors(plainActors, policies);

  const own = observation.activities;
  const answerActivities = activityHandler(own);
  const answerPeer: PeerHandler = (call, request) => {
    switch (request.purpose) {
      case 'invoke':
        return invoke.receive(call, request);
      case 'actor':
        return actors.answerPeer(call, request);
      case 'activities':
        return answerActivities(call, request);
    }
  };
  const feed = fleetFeed({ appId, own, resolver: names.resolver, transport, clock, log });
  const outside = outsideBlocks(parts, state);
  return {
    ...outside,
    state,
    outbox,
    pubsub,
    subscriptions,
    streams,
    secrets,
    configuration: configured,
    lock,
    invoke,
    actors,
    actorStreams: channel && !isGrpc(channel) ? undefined : actorStreams(actors),
    feed,
    answerPeer,
    async rejoin(drainMs) {
      await Promise.all([
        outside.refreshBindings(drainMs),
        subscriptions?.followBrokers(drainMs),
        streams.followBrokers(drainMs),
      ]);
    },
    async pause() {
      const asked = [...brokers.values()].map(async ({ name, port }) => {
        const pausing = isPausable(port) ? port.pause() : Promise.resolve();
        const complain = (cause: unknown): void => log.warn({ component: name, error: textOf(cause) }, 'cannot pause');
        await atMost(clock, pauseLimitMs, pausing.catch(complain));
      });
      await Promise.all(asked);
    },
    async close() {
      await outbox.close();
      await configured.close();
      await Promise.all([...external.values()].map((one) => one.close()));
      await outside.closeJobs();
      await store?.close();
    },
  };
}

/** Says what to expect of actors without a placement address; the reference's words, which tools look for, too. */
function tellOfNoPlacement(log: Log, hasStore: boolean): void {
  const words = 'Actor runtime disabled: placement service is not configured';
  if (!hasStore) {
    log.info({}, `${words}; mark a state store with actorStateStore: true to have actors`);
    return;
  }
  log.info({}, 'actors: ready when the app hosts some; no placement service is needed');
  log.debug({}, `${words}; actors are placed by the state store instead`);
}

/** The first state component that says `actorStateStore: true`, as the reference takes it. */
function actorStoreOf({ components, config, world }: BlockParts): ActorStore | undefined {
  for (const { name, metadata, port } of components.stateStores.values()) {
    if (metadata['actorstatestore']?.toLowerCase() !== 'true') continue;
    if (isActorCapable(port)) return port.actorStore(config.appId);
    world.log.warn({ component: name }, 'this state store cannot keep actors: actorStateStore is ignored');
  }
  return undefined;
}

/** A broker that does not answer shall not keep the rest from stopping. */
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
