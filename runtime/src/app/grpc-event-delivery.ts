import type { BulkDelivery, BulkEntry, EventAnswer, EventDelivery, EventSink } from '#blocks/pubsub/event-sink.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { grpcEvent, topicEvent } from '#core/grpc-event.ts';
import {
  AppCallback,
  AppCallbackAlpha,
  TopicEventResponse_TopicEventResponseStatus as Status,
} from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import type { TopicEventBulkResponse } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { askApp, endOfRefusal, isUnimplemented } from './app-rpc.ts';
import { attemptHeader } from './event-delivery.ts';
import { verdictOf } from './event-verdict.ts';

/** Events as RPCs to the app. An app that does not know the RPC has had the event, as on the reference. */
export function grpcEventSink(app: AppChannel): EventSink {
  return {
    async deliver(call, event) {
      try {
        const headers = ['pubsubname', event.pubsubName, ...metadataOf(event.metadata)];
        if (event.attempt !== undefined) headers.push(attemptHeader, String(event.attempt));
        const question = { message: topicEvent(event), headers };
        const { message } = await askApp(app, call, AppCallback.method.onTopicEvent, question);
        return verdictOf(wordFor(message.status));
      } catch (cause) {
        return refusal(cause);
      }
    },
    async deliverBulk(call, bulk) {
      try {
        const { statuses } = await askBulk(app, call, bulk);
        const answers = new Map(statuses.map(({ entryId, status }) => [entryId, status]));
        return bulk.entries.map(({ entryId }): EventAnswer => {
          const status = answers.get(entryId);
          if (status !== undefined) return verdictOf(wordFor(status));
          return { verdict: 'retry', reason: 'the app gave no status for the entry' };
        });
      } catch (cause) {
        const answer = refusal(cause);
        return bulk.entries.map(() => answer);
      }
    },
  };
}

/** The RPC was called otherwise before it was settled, and SDKs of that time still are about. */
async function askBulk(app: AppChannel, call: Call, bulk: BulkDelivery): Promise<TopicEventBulkResponse> {
  const question = { message: bulkEvent(bulk), headers: ['pubsubname', bulk.pubsubName] };
  try {
    return (await askApp(app, call, AppCallback.method.onBulkTopicEvent, question)).message;
  } catch (cause) {
    if (!isUnimplemented(cause)) throw cause;
    return (await askApp(app, call, AppCallbackAlpha.method.onBulkTopicEventAlpha1, question)).message;
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

/** What came with the message, but for a name that only the sidecar may give. */
function metadataOf(metadata: EventDelivery['metadata']): string[] {
  return Object.entries(metadata).flatMap((entry) => (entry[0].toLowerCase() === 'pubsubname' ? [] : entry));
}

function wordFor(status: number): string {
  return words.get(status) ?? `${status}`;
}

const words = new Map<number, string>(Object.entries(Status).map(([word, number]) => [number, word]));

function refusal(cause: unknown): EventAnswer {
  const end = endOfRefusal(cause);
  if (end === undefined || !(cause instanceof RuntimeError)) throw cause;
  if (cause.kind.grpc === 'Unimplemented') return { verdict: 'success' };
  const reason = `the app answered ${cause.kind.grpc}: ${cause.message.slice(0, 200)}`;
  return { verdict: 'retry', reason, status: { grpc: end.code } };
}
