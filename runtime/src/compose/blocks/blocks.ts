import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import type { ConfigurationBlock } from '#blocks/configuration/configuration.ts';
import { conversationBlock } from '#blocks/conversation/conversation.ts';
import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';
import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import { lockBlock } from '#blocks/lock/lock.ts';
import type { LockBlock } from '#blocks/lock/lock.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { Subscriptions } from '#blocks/pubsub/subscriptions.ts';
import { secretsBlock } from '#blocks/secrets/secrets.ts';
import type { SecretsBlock } from '#blocks/secrets/secrets.ts';
import type { Outbox } from '#blocks/state/outbox.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { clusterActivityReader } from '#cluster/cluster-activity-reader.ts';
import type { ClusterActivityReader } from '#core/activity-feed.ts';
import { makeActors } from './actors.ts';
import { makeBindings } from './bindings.ts';
import { commonOptions } from './block-options.ts';
import type { AppWorker, BlockOptions } from './block-options.ts';
import { makeConfiguration } from './configuration.ts';
import { makeInvoke } from './invoke.ts';
import { makeJobs } from './jobs.ts';
import { peerRequestHandler } from './peer-requests.ts';
import { makePubSub, pauseBrokers } from './pubsub.ts';
import { makeState } from './state.ts';

/** All building blocks, for both APIs. */
export interface Blocks {
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
  readonly bindings: BindingsBlock;
  readonly jobs: JobsBlock;
  readonly conversation: ConversationBlock;
  readonly crypto: CryptoBlock;
  readonly feed: ClusterActivityReader;
  /** In start order. */
  readonly appWorkers: readonly AppWorker[];
  /** Handles requests of other sidecars. */
  readonly handlePeerRequest: PeerHandler;
  /** Detaches consumers from removed components and attaches them to new ones. */
  reattachConsumers(drainMs: number): Promise<void>;
  /** Pauses the brokers that support it: they deliver nothing new. */
  pause(): Promise<void>;
  close(): Promise<void>;
}

export function buildBlocks(options: BlockOptions): Blocks {
  const { components, configuration, dependencies, names, telemetry, transport } = options;
  const common = commonOptions(options);
  const { appId, clock, random, recorder } = common;
  const { log } = dependencies;
  const { pubsub, subscriptions, streams } = makePubSub(options);
  const { state, outbox } = makeState(options, pubsub);
  const configurationApi = makeConfiguration(options);
  const { invoke, close: closeInvoke } = makeInvoke(options);
  const { actors, actorStreams, close: closeActors } = makeActors(options, pubsub);
  const { bindings, workers: bindingWorkers, refresh: refreshBindings } = makeBindings(options, state);
  const { jobs, workers: jobWorkers, close: closeJobs } = makeJobs(options);
  const localFeed = telemetry.activities;
  return {
    state,
    outbox,
    pubsub,
    subscriptions,
    streams,
    secrets: secretsBlock({ stores: components.secretStores, scopes: configuration.secretScopes, recorder }),
    configuration: configurationApi,
    lock: lockBlock({ appId, stores: components.lockStores, recorder }),
    invoke,
    actors,
    actorStreams,
    bindings,
    jobs,
    conversation: conversationBlock({ components: components.conversationComponents, recorder }),
    crypto: cryptoBlock({ vaults: components.keyVaults, recorder, random }),
    feed: clusterActivityReader({ appId, localFeed, resolver: names.resolver, transport, clock, log }),
    appWorkers: [...bindingWorkers, ...jobWorkers],
    handlePeerRequest: peerRequestHandler(invoke, actors, localFeed),
    async reattachConsumers(drainMs) {
      await Promise.all([refreshBindings(drainMs), subscriptions?.resubscribe(drainMs), streams.resubscribe(drainMs)]);
    },
    pause: () => pauseBrokers(options),
    async close() {
      await outbox.close();
      await configurationApi.close();
      await closeInvoke();
      await closeJobs();
      await closeActors();
    },
  };
}
