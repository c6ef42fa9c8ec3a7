import { publishFailed } from '#blocks/pubsub/errors.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import type { DaprRpcs } from './server.ts';

export function publishRpcs(pubsub: PubSubBlock) {
  const bulk: NonNullable<DaprRpcs['bulkPublishEvent']> = async (call, request) => {
    const [failed] = await pubsub.publishBulk(call, request);
    // upstream responds with failed entries only when none has failed: SDKs expect the status
    if (failed) throw publishFailed(request.pubsubName, request.topic, failed.error);
    return {};
  };
  return {
    async publishEvent(call, request) {
      await pubsub.publish(call, request);
      return {};
    },
    bulkPublishEvent: bulk,
    bulkPublishEventAlpha1: bulk,
  } satisfies DaprRpcs;
}
