import type { Activity } from '#core/activity.ts';
import type { ActivityFeed, ActivityFilter, ActivityPage, ClusterActivityReader } from '#core/activity-feed.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import type { Log } from '#core/log.ts';
import { readBody } from '#core/message.ts';
import type { NameResolver, PeerTransport } from '#blocks/invoke/peers.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import { activitiesIn, activityRequest, pageIn } from './activity-wire.ts';
import { mergedStreams } from './merged-streams.ts';

export interface ClusterActivityReaderOptions {
  readonly appId: string;
  readonly localFeed: ActivityFeed;
  readonly resolver: NameResolver;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly log: Log;
}

const responseTimeoutMs = 2000;
const retryPauseMs = 1000;

/** Reads this sidecar's activities and, when other apps are named, those of their sidecars. */
export function clusterActivityReader({
  appId,
  localFeed,
  resolver,
  transport,
  clock,
  log,
}: ClusterActivityReaderOptions): ClusterActivityReader {
  const sendTo = async (call: Call, app: string, request: ReturnType<typeof activityRequest>) => {
    const address = await resolver.resolve(call, app, '');
    if (address === undefined) throw peerUnavailable(app, 'no sidecar of that app is registered');
    return await transport.request(call, address, { purpose: 'activities', appId: app, message: request });
  };

  const fetchPage = async (call: Call, app: string, filter: ActivityFilter, limit: number): Promise<ActivityPage> => {
    const timeoutError = (): Error => peerUnavailable(app, `no response within ${responseTimeoutMs} ms`);
    return await withTimeout(
      clock,
      responseTimeoutMs,
      async (signal) => {
        const inner = { ...call, signal: AbortSignal.any([call.signal, signal]) };
        const reply = await sendTo(inner, app, activityRequest('recent', filter, limit));
        return pageIn(await readBody(reply.body));
      },
      timeoutError,
    );
  };

  async function* followPeer(call: Call, app: string, filter: ActivityFilter): AsyncIterable<Activity> {
    let afterSeq = filter.afterSeq;
    while (!call.signal.aborted) {
      try {
        const position = afterSeq === undefined ? undefined : { afterSeq };
        const reply = await sendTo(call, app, activityRequest('follow', { ...filter, ...position }));
        for await (const activity of activitiesIn(reply)) {
          afterSeq = activity.seq;
          yield activity;
        }
      } catch (error) {
        log.debug({ app, error }, 'following the activities of another sidecar failed, will retry');
      }
      if (!call.signal.aborted) await sleep(clock, retryPauseMs, call.signal).catch(() => {});
    }
  }

  return {
    async recent(call, filter, { limit, apps }) {
      const requestedApps = apps.length === 0 ? [appId] : [...new Set(apps)];
      const pages = await Promise.allSettled(
        requestedApps.map(async (app) =>
          app === appId ? localFeed.recent(filter, limit) : await fetchPage(call, app, filter, limit),
        ),
      );
      const fetchedPages = pages.flatMap((page) => (page.status === 'fulfilled' ? [page.value] : []));
      const activities = fetchedPages.flatMap((page) => page.activities).sort((a, b) => a.startedAt - b.startedAt);
      const missed = fetchedPages.reduce((sum, page) => sum + (page.missed ?? 0), 0);
      return {
        activities: activities.slice(-limit),
        unreachable: requestedApps.filter((_, i) => pages[i]?.status === 'rejected'),
        ...(missed > 0 ? { missed } : {}),
      };
    },

    follow(call, filter, { apps, cursor }) {
      const requestedApps = apps.length === 0 ? [appId] : [...new Set(apps)];
      const streams = requestedApps.map((app) => {
        const afterSeq = cursor.get(app);
        const appFilter = { ...filter, ...(afterSeq === undefined ? undefined : { afterSeq }) };
        return app === appId ? localFeed.follow(appFilter, call.signal) : followPeer(call, app, appFilter);
      });
      return mergedStreams(streams, call.signal);
    },
  };
}
