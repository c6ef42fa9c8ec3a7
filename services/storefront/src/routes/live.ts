import { normalizeIP } from '@fastify/rate-limit';
import type { Metrics } from '@tidewater/kit/metrics.ts';
import { problemResponse, retryAfter, textResponse } from '@tidewater/kit/route-schemas.ts';
import type { FastifyInstance } from 'fastify';
import type { LiveHub } from '../live/live-hub.ts';
import { countLimited, publicRoute, tooManyRequests } from '../limits/request-limits.ts';
import type { Sessions } from '../session/session.ts';

export interface LiveRoutesOptions {
  readonly live: LiveHub;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
}

const retryAfterSeconds = 15;
const responses = {
  200: textResponse('Events `cart`, `order`, `stock` and `inside`, until the page disconnects', 'text/event-stream'),
  429: problemResponse('Too many streams at once', { headers: retryAfter }),
};

/** `GET /live`: the shopper's own events as server-sent events. */
export function liveRoutes(app: FastifyInstance, { live, sessions, metrics }: LiveRoutesOptions): void {
  // Open streams would prevent the server from closing.
  app.addHook('preClose', () => live.close());
  // A HEAD request would open a stream that nobody reads.
  app.get(
    '/live',
    {
      config: { ...publicRoute('pages'), isStream: true },
      exposeHeadRoute: false,
      schema: { summary: "The shopper's own events as server-sent events", response: responses },
    },
    (request, reply) => {
      const stream = live.open(sessions.shopperOf(request, reply), normalizeIP(request.ip));
      if (stream === undefined) {
        countLimited(metrics, 'streams');
        throw tooManyRequests(reply, retryAfterSeconds);
      }
      reply.raw.on('close', () => stream.destroy());
      return reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store, no-transform')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}
