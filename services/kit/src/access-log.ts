import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from './log.ts';

/** A request that takes this long is worth a line at any level of detail. */
const slowMs = 1_000;

/**
 * One line for each response: method, route, status, duration and trace. The route is the pattern, never the address that was
 * sent: there may be ids, searches and keys in it. Failed and slow requests are `info`, all others `debug`: a line
 * costs about as much as a small request, and sidecars record each call anyway.
 */
export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode: status, elapsedTime } = reply;
    const level = status >= 500 || (elapsedTime >= slowMs && !isStream(reply)) ? 'info' : 'debug';
    const { url: route = 'none', config } = request.routeOptions;
    log[config.access === 'probe' ? 'debug' : level](
      { event: 'request', method: request.method, route, status, durationMs: Math.round(elapsedTime * 10) / 10 },
      'request completed',
    );
    done();
  });
}

/** Streams to browsers are open for as long as their pages are. */
const isStream = ({ raw }: FastifyReply): boolean =>
  String(raw.getHeader('content-type')).startsWith('text/event-stream');
