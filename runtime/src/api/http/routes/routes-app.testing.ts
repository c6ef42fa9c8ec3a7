import Fastify, { type FastifyInstance } from 'fastify';
import type { Call } from '#core/call.ts';
import { silentLog } from '#core/log.ts';
import { replyWithError } from '../server/error-reply.ts';
import '../server/request-call.ts';
import type { RoutePlugin } from '../server/router.ts';

/** The call of every request of `appWithRoutes`. */
export const testCall: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

/** The routes as in a sidecar's server: bodies as bytes, errors in Dapr's form. Requests are injected, without a port. */
export function appWithRoutes(routes: RoutePlugin): FastifyInstance {
  const app = Fastify();
  app.decorateRequest<Call | undefined>('call', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    request.call = testCall;
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => replyWithError(reply, error, silentLog));
  void app.register(async (scope) => await routes(scope));
  return app;
}
