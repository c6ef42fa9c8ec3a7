import type { Activity } from '#core/activity.ts';
import type { ActivityFeed, ActivityFilter, ActivityPage, FleetFeed } from '#core/activity-feed.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { within } from '#core/deadline.ts';
import type { Log } from '#core/log.ts';
import { readBody } from '#core/message.ts';
import type { NameResolver, PeerTransport } from '#blocks/invoke/peers.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import { activitiesIn, activityRequest, pageIn } from './activity-wire.ts';
import { mergedStreams } from './merged-streams.ts';

export interface FleetFeedOptions {
  readonly appId: string;
  readonly own: ActivityFeed;
  readonly resolver: NameResolver;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly log: Log;
}

const answerLimitMs = 2000;
const retryPauseMs = 1000;

/** Reads this sidecar's activities and, when other apps are named, those of their sidecars. */
export function fleetFeed({ appId, own, resolver, transport, clock, log }: FleetFeedOptions): FleetFeed {
  const ask = async (call: Call, app: string, request: ReturnType<typeof activityRequest>) => {
    const address = await resolver.resolve(call, app, '');
    if (address === undefined) throw peerUnavailable(app, 'no sidecar of that app is known');
    return await transport.request(call, address, { purpose: 'activities', appId: app, message: request });
  };

  const askPage = async (call: Call, app: string, filter: ActivityFilter, limit: number): Promise<ActivityPage> => {
    const late = (): Error => peerUnavailable(app, `no answer within ${answerLimitMs} ms`);
    return await within(
      clock,
      answerLimitMs,
      async (signal) => {
        const inner = { ...call, signal: AbortSignal.any([call.signal, signal]) };
        const reply = await ask(inner, app, activityRequest('recent', filter, limit));
        return pageIn(await readBody(reply.body));
      },
      late,
    );
  };

  async function* followPeer(call: Call, app: string, filter: ActivityFilter): AsyncIterable<Activity> {
    let afterSeq = filter.afterSeq;
    while (!call.signal.aborted) {
      try {
        const seen = afterSeq === undefined ? undefined : { afterSeq };
        const reply = await ask(call, app, activityRequest('follow', { ...filter, ...seen }));
        for await (const activity of activitiesIn(reply)) {
          afterSeq = activity.seq;
          yield activity;
        }
      } catch (error) {
        log.debug({ app, error }, 'the activities of another sidecar cannot be followed, will retry');
      }
      if (!call.signal.aborted) await sleep(clock, retryPauseMs, call.signal).catch(() => {});
    }
  }

  return {
    async recent(call, filter, { limit, apps }) {
      const asked = apps.length === 0 ? [appId] : [...new Set(apps)];
      const pages = await Promise.allSettled(
        asked.map(async (app) => (app === appId ? own.recent(filter, limit) : await askPage(call, app, filter, limit))),
      );
      const answered = pages.flatMap((page) => (page.status === 'fulfilled' ? [page.value] : []));
      const activities = answered.flatMap((page) => page.activities).sort((a, b) => a.startedAt - b.startedAt);
      const missed = answered.reduce((sum, page) => sum + (page.missed ?? 0), 0);
      return {
        activities: activities.slice(-limit),
        unreachable: asked.filter((_, i) => pages[i]?.status === 'rejected'),
        ...(missed > 0 ? { missed } : {}),
      };
    },

    follow(call, filter, { apps, cursor }) {
      const asked = apps.length === 0 ? [appId] : [...new Set(apps)];
      const streams = asked.map((app) => {
        const afterSeq = cursor.get(app);
        const wanted = { ...filter, ...(afterSeq === undefined ? undefined : { afterSeq }) };
        return app === appId ? own.follow(wanted, call.signal) : followPeer(call, app, wanted);
      });
      return mergedStreams(streams, call.signal);
    },
  };
}
