import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ActivityKind } from '#core/activity-attributes.ts';
import type { ActivityCursor, ActivityFilter, ClusterActivityReader } from '#core/activity-feed.ts';
import type { Clock } from '#core/clock.ts';
import { defineError } from '#core/errors.ts';
import { callOf } from '../server/request-call.ts';
import { eventStream } from './event-stream.ts';
import { replyJson } from '../server/json-reply.ts';

const queryInvalid = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (name: string, value: string) => `invalid request: ${name} is not a number: ${value}`,
);

const defaultLimit = 200;
const maxLimit = 5000;
const heartbeatMs = 15_000;

export interface ActivityRoutesOptions {
  readonly feed: ClusterActivityReader;
  readonly clock: Clock;
  /** Aborts when the sidecar stops: live streams end then. */
  readonly stopping: AbortSignal;
}

export function activityRoutes({ feed, clock, stopping }: ActivityRoutesOptions) {
  return (app: FastifyInstance): void => {
    app.get('/v1.0-outrigger/activities', async (request, reply) => {
      const limit = Math.min(maxLimit, numberIn(request, 'limit') ?? defaultLimit);
      const page = await feed.recent(callOf(request), filterIn(request), { limit, apps: appsIn(request) });
      return replyJson(reply, page);
    });

    app.get('/v1.0-outrigger/activities/stream', (request, reply) => {
      const call = callOf(request);
      const live = { ...call, signal: AbortSignal.any([call.signal, stopping]) };
      const cursor = cursorIn(request);
      const seen = new Map(cursor);
      const activities = feed.follow(live, filterIn(request), { apps: appsIn(request), cursor });
      const events = eventStream(activities, {
        heartbeatMs,
        clock,
        signal: live.signal,
        render(activity) {
          seen.set(activity.appId, activity.seq);
          return { id: renderCursor(seen), data: JSON.stringify(activity) };
        },
      });
      void reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-cache')
        .send(Readable.from(events));
    });
  };
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

function textIn(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Query)[name];
  const text = typeof value === 'string' ? value : value?.[0];
  return text === '' ? undefined : text;
}

function numberIn(request: FastifyRequest, name: string): number | undefined {
  const text = textIn(request, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw queryInvalid(name, text);
  return number;
}

function appsIn(request: FastifyRequest): readonly string[] {
  return (textIn(request, 'apps') ?? '').split(',').map(trimmed).filter(Boolean);
}

function trimmed(text: string): string {
  return text.trim();
}

function filterIn(request: FastifyRequest): ActivityFilter {
  const [traceId, kind] = [textIn(request, 'traceId'), textIn(request, 'kind')];
  const [since, afterSeq] = [numberIn(request, 'since'), numberIn(request, 'afterSeq')];
  return {
    ...(traceId === undefined ? undefined : { traceId }),
    ...(kind === undefined ? undefined : { kind: kind as ActivityKind }),
    ...(since === undefined ? undefined : { since }),
    ...(afterSeq === undefined ? undefined : { afterSeq }),
  };
}

/**
 * `catalog:12,cart:9`: the last activities that the reader of an interrupted stream has seen, as browsers send it on
 * reconnecting.
 */
function cursorIn(request: FastifyRequest): ActivityCursor {
  const header = request.headers['last-event-id'];
  const text = typeof header === 'string' ? header : '';
  return new Map(
    text.split(',').flatMap((part) => {
      const [, app, seq] = /^(.+):(\d+)$/.exec(part.trim()) ?? [];
      return app && seq ? [[app, Number(seq)] as const] : [];
    }),
  );
}

function renderCursor(cursor: ActivityCursor): string {
  return [...cursor].map(([app, seq]) => `${app}:${seq}`).join(',');
}
