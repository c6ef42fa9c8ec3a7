import type { FastifyInstance } from 'fastify';
import type { LiveHub } from './live-hub.ts';
import type { Sessions } from './session.ts';

/** `GET /live`: the shopper's own news as server-sent events. */
export function liveRoutes(app: FastifyInstance, { live, sessions }: { live: LiveHub; sessions: Sessions }): void {
  // Open streams would keep the server from closing.
  app.addHook('preClose', () => live.close());
  app.get('/live', (request, reply) => {
    const stream = live.open(sessions.shopperOf(request, reply));
    request.raw.on('close', () => stream.destroy());
    return reply
      .header('content-type', 'text/event-stream')
      .header('cache-control', 'no-store, no-transform')
      .header('x-accel-buffering', 'no')
      .send(stream);
  });
}
