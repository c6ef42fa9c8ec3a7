import type { MetadataBlock, RegisteredSubscription } from '#blocks/metadata/metadata.ts';
import { ActorRuntime_ActorRuntimeStatus, PubsubSubscriptionType } from '#gen/dapr/proto/runtime/v1/metadata_pb.ts';
import type { DaprRpcs } from './server.ts';

export function metadataRpcs(metadata: MetadataBlock) {
  return {
    async getMetadata() {
      const { actors = [], components = [], actorRuntime, subscriptions = [], ...rest } = metadata.get();
      return {
        id: rest.id,
        runtimeVersion: rest.runtimeVersion,
        enabledFeatures: [...(rest.enabledFeatures ?? [])],
        activeActorsCount: [...actors],
        registeredComponents: components.map((one) => ({ ...one, capabilities: [...(one.capabilities ?? [])] })),
        extendedMetadata: { ...rest.extended },
        subscriptions: subscriptions.map(subscription),
        httpEndpoints: [...(rest.httpEndpoints ?? [])],
        mcpServers: [...(rest.mcpServers ?? [])],
        resiliencies: [...(rest.resiliencies ?? [])],
        appConnectionProperties: rest.appConnectionProperties,
        actorRuntime: {
          ...actorRuntime,
          runtimeStatus: ActorRuntime_ActorRuntimeStatus[actorRuntime.runtimeStatus],
          activeActors: [...(actorRuntime.activeActors ?? [])],
        },
      };
    },

    async setMetadata(_call, { key, value }) {
      metadata.set(key, value);
      return {};
    },
  } satisfies DaprRpcs;
}

function subscription({ pubsubname, topic, metadata, rules = [], deadLetterTopic, type }: RegisteredSubscription) {
  return {
    pubsubName: pubsubname,
    topic,
    metadata: { ...metadata },
    rules: { rules: [...rules] },
    deadLetterTopic,
    type: PubsubSubscriptionType[type],
  };
}
