import type { ActorStreams } from '#blocks/actors/actor-streams.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import type { ConfigurationBlock } from '#blocks/configuration/configuration.ts';
import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import type { LockBlock } from '#blocks/lock/lock.ts';
import type { MetadataBlock } from '#blocks/metadata/metadata.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { SecretsBlock } from '#blocks/secrets/secrets.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { actorEventRpcs } from './actor-events.rpc.ts';
import type { Clock } from '#core/clock.ts';
import { actorRpcs } from './actors.rpc.ts';
import { bindingsRpcs } from './bindings.rpc.ts';
import { configurationRpcs } from './configuration.rpc.ts';
import { conversationRpcs } from './conversation.rpc.ts';
import { cryptoRpcs } from './crypto.rpc.ts';
import { invokeRpcs } from './invoke.rpc.ts';
import { jobsRpcs } from './jobs.rpc.ts';
import { lockRpcs } from './lock.rpc.ts';
import { metadataRpcs } from './metadata.rpc.ts';
import { publishRpcs } from './publish.rpc.ts';
import { secretsRpcs } from './secrets.rpc.ts';
import { shutdownRpcs } from './shutdown.rpc.ts';
import { subscribeRpcs } from './subscribe.rpc.ts';
import { stateRpcs } from './state.rpc.ts';

export interface RpcOptions {
  readonly blocks: {
    readonly state: StateBlock;
    readonly pubsub: PubSubBlock;
    readonly streams: StreamedSubscriptions;
    readonly secrets: SecretsBlock;
    readonly configuration: ConfigurationBlock;
    readonly lock: LockBlock;
    readonly bindings: BindingsBlock;
    readonly conversation: ConversationBlock;
    readonly crypto: CryptoBlock;
    readonly jobs: JobsBlock;
    readonly invoke: Invoke;
    readonly actors: ActorsBlock;
    readonly actorStreams: ActorStreams | undefined;
  };
  readonly metadata: MetadataBlock;
  readonly shutdown: (options: { readonly isForced: boolean }) => void;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** Every implemented RPC of the `Dapr` service. */
export function daprRpcs({ blocks, metadata, shutdown, maxBodyBytes, clock }: RpcOptions) {
  return {
    ...invokeRpcs(blocks.invoke, { maxBodyBytes }),
    ...stateRpcs(blocks.state),
    ...publishRpcs(blocks.pubsub),
    ...subscribeRpcs(blocks.streams),
    ...secretsRpcs(blocks.secrets),
    ...configurationRpcs(blocks.configuration),
    ...lockRpcs(blocks.lock),
    ...bindingsRpcs(blocks.bindings),
    ...conversationRpcs(blocks.conversation),
    ...cryptoRpcs(blocks.crypto, clock),
    ...jobsRpcs(blocks.jobs),
    ...actorRpcs(blocks.actors),
    ...actorEventRpcs(blocks.actorStreams),
    ...metadataRpcs(metadata),
    ...shutdownRpcs(shutdown),
  };
}
