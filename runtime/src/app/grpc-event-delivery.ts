import type { BulkDelivery, BulkEntry, EventDelivery, EventSink } from '#blocks/pubsub/event-sink.ts';
import { type DeliveryResult, deliveryResultOf } from '#blocks/pubsub/delivery-outcome.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { grpcEvent, topicEvent } from '#core/grpc-event.ts';
import { AppCallback, AppCallbackAlpha } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import type { TopicEventBulkResponse } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { callApp, appStatusOf, isUnimplemented } from './app-rpc.ts';
import { attemptHeader } from './event-delivery.ts';

/**
 * Events as RPCs to the app. An app that does not implement the RPC is treated as if it had accepted the event, as in
 * the reference.
 */
export function grpcEventSink(app: AppChannel): EventSink {
  return {
    async deliver(call, event) {
      try {
        const headers = ['pubsubname', event.pubsubName, ...metadataOf(event.metadata)];
        if (event.attempt !== undefined) headers.push(attemptHeader, String(event.attempt));
        const request = { message: topicEvent(event), headers };
        const { message } = await callApp(app, call, AppCallback.method.onTopicEvent, request);
        return deliveryResultOf(message.status);
      } catch (cause) {
        return rejectedResult(cause);
      }
    },
    async deliverBulk(call, bulk) {
      try {
        const { statuses } = await callBulk(app, call, bulk);
        const statusById = new Map(statuses.map(({ entryId, status }) => [entryId, status]));
        return bulk.entries.map(({ entryId }): DeliveryResult => {
          const status = statusById.get(entryId);
          if (status !== undefined) return deliveryResultOf(status);
          return { outcome: 'retry', reason: 'the app gave no status for the entry' };
        });
      } catch (cause) {
        const result = rejectedResult(cause);
        return bulk.entries.map(() => result);
      }
    },
  };
}

/** The RPC had another name while it was alpha, and SDKs of that time are still in use. */
async function callBulk(app: AppChannel, call: Call, bulk: BulkDelivery): Promise<TopicEventBulkResponse> {
  const request = { message: bulkEvent(bulk), headers: ['pubsubname', bulk.pubsubName] };
  try {
    return (await callApp(app, call, AppCallback.method.onBulkTopicEvent, request)).message;
  } catch (cause) {
    if (!isUnimplemented(cause)) throw cause;
    return (await callApp(app, call, AppCallbackAlpha.method.onBulkTopicEventAlpha1, request)).message;
  }
}

function bulkEvent({ id, pubsubName, topic, path, entries }: BulkDelivery) {
  const type = 'com.dapr.event.sent.bulk';
  return { id, pubsubName, topic, path, type, metadata: { pubsubName }, entries: entries.map(entryOf) };
}

function entryOf({ entryId, contentType, metadata, data, isRaw, attributes }: BulkEntry) {
  const event = isRaw
    ? ({ case: 'bytes', value: data } as const)
    : ({ case: 'cloudEvent', value: grpcEvent(attributes) } as const);
  return { entryId, contentType, metadata: { ...metadata }, event };
}

/** The metadata of the message, except a name that only the sidecar may set. */
function metadataOf(metadata: EventDelivery['metadata']): string[] {
  return Object.entries(metadata).flatMap((entry) => (entry[0].toLowerCase() === 'pubsubname' ? [] : entry));
}

function rejectedResult(cause: unknown): DeliveryResult {
  const end = appStatusOf(cause);
  if (end === undefined || !(cause instanceof RuntimeError)) throw cause;
  if (cause.kind.grpc === 'Unimplemented') return { outcome: 'success' };
  const reason = `the app responded with ${cause.kind.grpc}: ${cause.message.slice(0, 200)}`;
  return { outcome: 'retry', reason, status: { grpc: end.code } };
}
