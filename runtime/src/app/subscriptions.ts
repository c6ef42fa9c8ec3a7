import type { TopicSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { any, bool, int32, listOf, mapOf, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import type { Log } from '#core/log.ts';
import { noBody, readBody } from '#core/message.ts';

const responseLimitBytes = 4 << 20;

/**
 * Requests the app's subscriptions (`GET /dapr/subscribe`). A 404 or an unreadable response means none, which is logged
 * and not an error. Rejects only when the app cannot be reached, with the channel's error.
 */
export async function discoverSubscriptions(
  app: AppChannel,
  call: Call,
  { appId, log }: { readonly appId: string; readonly log: Log },
): Promise<readonly TopicSubscription[]> {
  const headers = ['dapr-app-id', appId];
  const reply = await app.request(call, { verb: 'GET', path: '/dapr/subscribe', query: '', headers, body: noBody });
  const body = await readBody(reply.body, responseLimitBytes);
  if (reply.status === 404) return [];
  if (reply.status !== 200) {
    log.error({ status: reply.status }, "listing the app's subscriptions failed: it receives no events");
    return [];
  }
  if (body.length === 0) return [];
  try {
    return subscriptionsOf(body, log);
  } catch (cause) {
    log.error({ error: textOf(cause) }, "the app's list of subscriptions cannot be read: it receives no events");
    return [];
  }
}

const subscriptionShape = struct('pubsub.SubscriptionJSON', {
  pubsubname: text,
  topic: text,
  deadLetterTopic: text,
  // more lenient than upstream: some apps write numbers and booleans there
  metadata: mapOf(any),
  route: text,
  routes: struct('pubsub.RoutesJSON', {
    rules: listOf(struct('pubsub.RuleJSON', { match: text, path: text })),
    default: text,
  }),
  bulkSubscribe: struct('pubsub.BulkSubscribeJSON', {
    enabled: bool,
    maxMessagesCount: int32,
    maxAwaitDurationMs: int32,
  }),
});
const subscriptionsShape = listOf(subscriptionShape);
type AppSubscription = Decoded<typeof subscriptionShape>;

/** Entries without pubsub, topic or route are skipped, with a log line. */
function subscriptionsOf(body: Uint8Array, log: Log): readonly TopicSubscription[] {
  return (decodeGo(subscriptionsShape, body) ?? []).flatMap((entry) => {
    const subscription = subscriptionOf(entry);
    if (subscription === undefined) log.warn({ entry }, 'subscription ignored: it needs pubsubname, topic and a route');
    return subscription ?? [];
  });
}

function subscriptionOf(entry: AppSubscription): TopicSubscription | undefined {
  const { pubsubname = '', topic = '', route = '', routes = {}, deadLetterTopic = '', metadata = {} } = entry;
  const defaultRoute = routes.default || route;
  const rules = (routes.rules ?? []).map(({ match = '', path = '' }) => ({ match, path })).filter(({ path }) => path);
  if (pubsubname === '' || topic === '' || (defaultRoute === '' && rules.length === 0)) return undefined;
  return {
    pubsubname,
    topic,
    rules,
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, plain(value)])),
    ...(defaultRoute === '' ? {} : { defaultRoute }),
    ...(deadLetterTopic === '' ? {} : { deadLetterTopic }),
    ...(entry.bulkSubscribe?.enabled === true ? { bulkSubscribe: { ...entry.bulkSubscribe, enabled: true } } : {}),
  };
}

function plain(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
