import type { TopicSubscription } from '#blocks/pubsub/subscriptions.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { noBody, readBody } from '#core/message.ts';

const answerLimitBytes = 4 << 20;

/**
 * Asks the app what it wants to hear (`GET /dapr/subscribe`). An app that answers 404 or nonsense wants nothing: that is
 * logged and no error. Rejects only when the app cannot be reached, with the channel's error.
 */
export async function discoverSubscriptions(
  app: AppChannel,
  call: Call,
  { appId, log }: { readonly appId: string; readonly log: Log },
): Promise<readonly TopicSubscription[]> {
  const headers = ['dapr-app-id', appId];
  const reply = await app.request(call, { verb: 'GET', path: '/dapr/subscribe', query: '', headers, body: noBody });
  const body = await readBody(reply.body, answerLimitBytes);
  if (reply.status === 404) return [];
  if (reply.status !== 200) {
    log.error({ status: reply.status }, 'the app refused to list its subscriptions: it gets no events');
    return [];
  }
  if (body.length === 0) return [];
  try {
    return subscriptionsOf(JSON.parse(Buffer.from(body).toString('utf8')), log);
  } catch (cause) {
    log.error({ error: textOf(cause) }, "the app's list of subscriptions is not JSON: it gets no events");
    return [];
  }
}

/** Entries without pubsub, topic or route are left out, with a line in the log. */
function subscriptionsOf(answer: unknown, log: Log): readonly TopicSubscription[] {
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new TypeError('it is not an array');
  return (answer as readonly unknown[]).flatMap((entry) => {
    const subscription = subscriptionOf(recordAt(entry));
    if (subscription === undefined) log.warn({ entry }, 'subscription ignored: it needs pubsubname, topic and a route');
    return subscription ?? [];
  });
}

function subscriptionOf(entry: Readonly<Record<string, unknown>>): TopicSubscription | undefined {
  const routes = recordAt(entry.routes);
  const defaultRoute = textAt(routes, 'default') || textAt(entry, 'route');
  const rules = listAt(routes.rules)
    .map((rule) => ({ match: textAt(recordAt(rule), 'match'), path: textAt(recordAt(rule), 'path') }))
    .filter((rule) => rule.path !== '');
  const pubsubname = textAt(entry, 'pubsubname') || textAt(entry, 'pubsubName');
  const topic = textAt(entry, 'topic');
  if (pubsubname === '' || topic === '' || (defaultRoute === '' && rules.length === 0)) return undefined;
  const deadLetterTopic = textAt(entry, 'deadLetterTopic');
  const bulk = recordAt(entry.bulkSubscribe);
  return {
    pubsubname,
    topic,
    rules,
    metadata: Object.fromEntries(Object.entries(recordAt(entry.metadata)).map(([name, value]) => [name, plain(value)])),
    ...(defaultRoute === '' ? {} : { defaultRoute }),
    ...(deadLetterTopic === '' ? {} : { deadLetterTopic }),
    ...(bulk.enabled === true ? { bulkSubscribe: { enabled: true, ...bulkLimits(bulk) } } : {}),
  };
}

function bulkLimits(bulk: Readonly<Record<string, unknown>>) {
  const { maxMessagesCount, maxAwaitDurationMs } = bulk;
  return {
    ...(typeof maxMessagesCount === 'number' ? { maxMessagesCount } : {}),
    ...(typeof maxAwaitDurationMs === 'number' ? { maxAwaitDurationMs } : {}),
  };
}

function recordAt(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listAt(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function textAt(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  return typeof value === 'string' ? value : '';
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
