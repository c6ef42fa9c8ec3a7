import type { TopicSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { AppCallback } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import type { TopicSubscription as WireSubscription } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { appStatusOf, callApp, isUnimplemented } from './app-rpc.ts';

/**
 * Requests the subscriptions of a gRPC app. An app that does not implement the RPC has none; neither has one that
 * returns an error, which is logged. Rejects only when the app cannot be reached.
 */
export async function discoverGrpcSubscriptions(
  app: AppChannel,
  call: Call,
  { log }: { readonly log: Log },
): Promise<readonly TopicSubscription[]> {
  try {
    const { message } = await callApp(app, call, AppCallback.method.listTopicSubscriptions, { message: {} });
    return message.subscriptions.flatMap((wire) => subscriptionOf(wire, log));
  } catch (cause) {
    if (appStatusOf(cause) === undefined) throw cause;
    if (!isUnimplemented(cause))
      log.error({ error: textOf(cause) }, "listing the app's subscriptions failed: it receives no events");
    return [];
  }
}

function subscriptionOf(wire: WireSubscription, log: Log): TopicSubscription[] {
  const { pubsubName: pubsubname, topic, metadata, routes, deadLetterTopic, bulkSubscribe: bulk } = wire;
  if (pubsubname === '' || topic === '') {
    log.warn({ pubsubname, topic }, 'subscription ignored: it needs a pubsub and a topic');
    return [];
  }
  const rules = (routes?.rules ?? []).map(({ match, path }) => ({ match, path }));
  const fallback = routes?.default ?? '';
  return [
    {
      pubsubname,
      topic,
      metadata,
      rules,
      // apps need no path to distinguish events: without any route all events are delivered
      ...(fallback === '' && rules.length > 0 ? {} : { defaultRoute: fallback }),
      ...(deadLetterTopic === '' ? {} : { deadLetterTopic }),
      ...(bulk?.enabled
        ? {
            bulkSubscribe: {
              enabled: true,
              maxMessagesCount: bulk.maxMessagesCount,
              maxAwaitDurationMs: bulk.maxAwaitDurationMs,
            },
          }
        : {}),
    },
  ];
}
