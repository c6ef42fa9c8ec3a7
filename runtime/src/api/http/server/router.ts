import type { IncomingMessage } from 'node:http';
import Fastify, { LogController } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';
import type { RuntimeError } from '#core/errors.ts';
import { headerOf } from '#core/message.ts';
import { formatTraceparent } from '#core/trace.ts';
import type { ApiRules } from '../../surface.ts';
import { isRouteOpen } from './api-rules.ts';
import { readFully } from './body-reader.ts';
import { replyWithError } from './error-reply.ts';
import { routedUrl } from './incoming-path.ts';
import { pathsWithoutToken, preRequestHook, substituteType } from './pre-request-hook.ts';
import type { PreRequestOptions } from './pre-request-hook.ts';

export type RoutePlugin = (app: FastifyInstance) => void | Promise<void>;

/** One completed request, for metrics and the API log. */
export interface CompletedRequest {
  readonly verb: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface RouterOptions extends PreRequestOptions {
  /** One of them sets the not-found handler: service invocation handles what no route matches. */
  readonly routes: readonly RoutePlugin[];
  readonly rules: ApiRules;
  readonly onCompleted?: (request: CompletedRequest) => void;
  /** Receives the error behind an error response. */
  readonly onRequestError?: (error: unknown) => void;
}

/** What the router and the listeners know of a request. */
export interface RequestState {
  /** Requests whose whole body a route reads before it responds. */
  readonly fullyRead: WeakSet<IncomingMessage>;
  /** Requests that the guard rejected. Stored here, as middleware may change the checked headers. Undefined without guard. */
  readonly rejections: WeakMap<IncomingMessage, RuntimeError> | undefined;
  /** A response has been sent. */
  readonly onResponse: (request: IncomingMessage) => void;
}

export interface Router {
  readonly app: FastifyInstance;
  /** The registered routes, such as `GET /v1.0/metadata`. */
  readonly routes: readonly string[];
}

export async function createRouter(options: RouterOptions, state: RequestState): Promise<Router> {
  const app = createApp();
  readBodies(app, options, state);
  addHooks(app, options, state);
  const routes: string[] = [];
  app.addHook('onRoute', (route) => {
    const verbs = [route.method].flat();
    routes.push(...verbs.map((verb) => `${verb} ${route.url}`));
    // a route that the configuration denies responds like a path that does not exist
    if (verbs.every((verb) => isRouteOpen(options.rules, verb, route.url))) return;
    route.handler = (_request, reply) => reply.callNotFound();
  });
  for (const plugin of options.routes) await app.register(async (scope) => await plugin(scope));
  await app.ready();
  return { app, routes };
}

function createApp(): FastifyInstance {
  const app = Fastify({
    logger: false,
    // even without a logger it prepares log entries: a twentieth of the time of a request
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
    rewriteUrl: (request) => routedUrl(request.url ?? '/', request.headers['dapr-app-id'] !== undefined),
    frameworkErrors: (_error, _request, reply) => {
      const plain = reply as unknown as FastifyReply;
      void plain.code(400).type('text/plain').send('400 Bad Request');
    },
  });
  app.decorateRequest<Call | undefined>('call', undefined);
  app.decorateReply('sentBytes', 0);
  return app;
}

function readBodies(app: FastifyInstance, { maxBodyBytes }: RouterOptions, { fullyRead }: RequestState): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.headers['content-type'] === substituteType)
      request.headers['content-type'] = headerOf(payload.rawHeaders, 'content-type');
    fullyRead.add(payload);
    return readFully(payload, maxBodyBytes);
  });
}

function addHooks(app: FastifyInstance, options: RouterOptions, { rejections, onResponse }: RequestState): void {
  if (rejections)
    app.addHook('onRequest', (request, _reply, done) => {
      done(rejections.get(request.raw));
    });
  app.addHook('onRequest', preRequestHook(options));
  app.addHook('onResponse', (request, reply, done) => {
    options.onCompleted?.(completedRequest(request, reply));
    onResponse(request.raw);
    done();
  });
  app.setErrorHandler((error, _request, reply) => {
    options.onRequestError?.(error);
    return replyWithError(reply, error, options.log);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // an app's response bypasses this hook, with the app's own trace header if it set one
    if (request.call && !pathsWithoutToken.has(request.url))
      reply.header('traceparent', formatTraceparent(request.call.trace));
    done();
  });
}

function completedRequest(request: FastifyRequest, reply: FastifyReply): CompletedRequest {
  const queryAt = request.url.indexOf('?');
  return {
    verb: request.method,
    path: queryAt === -1 ? request.url : request.url.slice(0, queryAt),
    status: reply.raw.statusCode,
    durationMs: reply.elapsedTime,
    requestBytes: Number(request.headers['content-length'] ?? 0),
    responseBytes: reply.sentBytes || Number(reply.getHeader('content-length') ?? 0),
  };
}
