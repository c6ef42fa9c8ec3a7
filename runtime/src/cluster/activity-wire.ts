import type { Activity } from '#core/activity.ts';
import type { ActivityKind } from '#core/activity-attributes.ts';
import type { ActivityFeed, ActivityFilter, ActivityPage } from '#core/activity-feed.ts';
import { type Message, type Reply, noBody } from '#core/message.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';

/** A request for the activities of another sidecar: the filter as a query, the response as JSON or as JSON lines. */
export function activityRequest(kind: 'recent' | 'follow', filter: ActivityFilter, limit = 0): Message {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter) as [string, string | number | undefined][])
    if (value !== undefined) query.set(name, String(value));
  query.set('limit', String(limit));
  return { verb: 'GET', path: `/activities/${kind}`, query: query.toString(), headers: [], body: noBody };
}

/** Handles such requests of other sidecars from this one's feed. */
export function activityHandler(feed: ActivityFeed): PeerHandler {
  return async (call, { message }) => {
    const query = new URLSearchParams(message.query);
    const filter = filterOf(query);
    const isLive = message.path.endsWith('/follow');
    const body = isLive
      ? jsonLines(feed.follow(filter, call.signal))
      : Buffer.from(JSON.stringify(feed.recent(filter, Number(query.get('limit')))));
    return { status: 200, headers: ['content-type', isLive ? 'application/x-ndjson' : 'application/json'], body };
  };
}

/** The page in another sidecar's response. */
export function pageIn(body: Uint8Array): ActivityPage {
  return JSON.parse(Buffer.from(body).toString('utf8')) as ActivityPage;
}

/** The activities in another sidecar's stream. Empty lines prevent idle timeouts. */
export async function* activitiesIn(reply: Reply): AsyncIterable<Activity> {
  const decoder = new TextDecoder();
  let rest = '';
  const parts = reply.body instanceof Uint8Array ? [reply.body] : reply.body;
  for await (const part of parts) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Activity;
  }
}

async function* jsonLines(activities: AsyncIterable<Activity>): AsyncIterable<Uint8Array> {
  // the reader learns at once that the stream is open, although no activity may follow for long
  yield Buffer.from('\n');
  for await (const activity of activities) yield Buffer.from(`${JSON.stringify(activity)}\n`);
}

function filterOf(query: URLSearchParams): ActivityFilter {
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const [afterSeq, since] = [number('afterSeq'), number('since')];
  const [traceId, kind] = [query.get('traceId'), query.get('kind')];
  return {
    ...(traceId === null ? undefined : { traceId }),
    ...(kind === null ? undefined : { kind: kind as ActivityKind }),
    ...(afterSeq === undefined ? undefined : { afterSeq }),
    ...(since === undefined ? undefined : { since }),
  };
}
