import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import Fastify, { LogController } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { illegalBaggage } from '#core/baggage.ts';
import type { Call } from '#core/call.ts';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { ListenAddress } from '#core/listen-address.ts';
import type { RuntimeError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { headerOf } from '#core/message.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import { tokenMatches } from '#core/token.ts';
import { formatTraceparent } from '#core/trace.ts';
import type { ApiRules } from '../surface.ts';
import { isRouteOpen } from './api-rules.ts';
import { readFully } from './body-reader.ts';
import { cors } from './cors.ts';
import { bodyTooLarge, replyWithError } from './error-reply.ts';
import { wantsHttp2 } from './h2c-upgrade.ts';
import { type Http2Listener, addHttp2 } from './http2-listener.ts';
import { routedUrl } from './incoming-path.ts';
import { openCall } from './open-call.ts';
import { requestPipeline } from './request-pipeline.ts';
import { stallGuard } from './stalled-body.ts';

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

export interface HttpServerOptions {
  /** One of them sets the not-found handler: service invocation handles what no route matches. */
  readonly routes: readonly RoutePlugin[];
  /** Undefined disables authentication. */
  readonly apiToken?: string;
  readonly allowedOrigins: readonly string[];
  readonly rules: ApiRules;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly samplingRate: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly onCompleted?: (request: CompletedRequest) => void;
  /** Receives the error behind an error response. */
  readonly onRequestError?: (error: unknown) => void;
  /** Serve HTTP/2 without TLS beside HTTP/1.1. */
  readonly hasHttp2?: boolean;
  /** Checked before anything else. */
  readonly guard?: RequestGuard;
  /** Middleware before the routes. */
  readonly pipeline?: Pipeline;
  /** A body that stalls for this long is aborted. */
  readonly stallMs?: number;
}

export interface HttpServer {
  /** The registered routes, such as `GET /v1.0/metadata`. */
  readonly routes: readonly string[];
  /** Resolves to the port. Rejects with the system's error, such as EADDRINUSE. */
  listen(at: ListenAddress): Promise<number>;
  /** Listens on a Unix socket, whose file is removed when the server closes. */
  listenOnSocket(path: string): Promise<void>;
  /** Accepts no new connections and waits for running requests, at most `drainMs`. */
  close(drainMs: number): Promise<void>;
}

const headerTimeoutMs = 10_000;
/** The interval at which Node checks for late headers. */
const headerCheckMs = 2500;
const defaultStallMs = 30_000;
/** Longer than clients and proxies keep connections open, so that they never write into a closing one. */
const keepAliveMs = 620_000;
/** The router rejects malformed content types, Dapr accepts them: a valid one replaces them until the body is read. */
const substituteType = 'application/octet-stream';
const mediaType = /^[\w!#$%&'*.^`|~+-]+\/[\w!#$%&'*.^`|~+-]+\s*(?:;\s*[\w!#$%&'*.^`|~+-]+=[\w!#$%&'*.^`|~+-]+\s*)*$/;
const sweepMs = 50;
/** Without a token, so that an orchestrator can probe. */
const pathsWithoutToken = new Set(['/v1.0/healthz', '/v1.0/healthz/outbound']);

/** Every HTTP route of the sidecar behind one set of rules. */
export async function httpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log, maxBodyBytes, onCompleted, guard } = options;
  const servers: Server[] = [];
  const fullyRead = new WeakSet<IncomingMessage>();
  const { stallMs = defaultStallMs } = options;
  const http2Listeners: Http2Listener[] = [];
  const stalls = stallGuard(stallMs, (request) => fullyRead.has(request));
  const hasCors = options.allowedOrigins.length > 0;
  const middleware = options.pipeline && requestPipeline(options.pipeline, { ...options, hasCors });
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
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.headers['content-type'] === substituteType)
      request.headers['content-type'] = headerOf(payload.rawHeaders, 'content-type');
    fullyRead.add(payload);
    return readFully(payload, maxBodyBytes);
  });
  /** Stored here, as middleware may change the checked headers. */
  const rejections = new WeakMap<IncomingMessage, RuntimeError>();
  if (guard)
    app.addHook('onRequest', (request, _reply, done) => {
      done(rejections.get(request.raw));
    });
  app.addHook('onRequest', preRequestHook(options));
  let isClosing = false;
  app.addHook('onResponse', (request, reply, done) => {
    if (request.raw.httpVersionMajor === 1) stalls.responseSent(request.raw);
    onCompleted?.(completedRequest(request, reply));
    // the connection counts as idle only after this turn of the event loop
    if (isClosing) setImmediate(() => servers.forEach((server) => server.closeIdleConnections()));
    done();
  });
  app.setErrorHandler((error, _request, reply) => {
    options.onRequestError?.(error);
    return replyWithError(reply, error, log);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // an app's response bypasses this hook, with the app's own trace header if it set one
    if (request.call && !pathsWithoutToken.has(request.url))
      reply.header('traceparent', formatTraceparent(request.call.trace));
    done();
  });

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

  const listenAt = async (at: ListenOptions): Promise<Server> => {
    const limits = {
      maxHeaderSize: options.maxHeaderBytes + 4096,
      headersTimeout: headerTimeoutMs,
      connectionsCheckingInterval: headerCheckMs,
    };
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      const rejection = guard?.(request);
      if (rejection) rejections.set(request, rejection);
      if (middleware && !rejection) middleware(request, response, () => app.routing(request, response));
      else app.routing(request, response);
    };
    const server = createServer(
      {
        ...limits,
        requestTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        shouldUpgradeCallback: (request) => options.hasHttp2 === true && wantsHttp2(request) && !guard?.(request),
      },
      (request, response) => {
        stalls.requestStarted(response);
        serve(request, response);
      },
    );
    stalls.watch(server);
    if (options.hasHttp2 === true) {
      const times = { openingMs: headerTimeoutMs, stallMs, idleMs: keepAliveMs };
      const http2 = addHttp2(server, { maxHeaderBytes: limits.maxHeaderSize, ...times, handle: serve });
      http2Listeners.push(http2);
    }
    server.listen(at);
    await once(server, 'listening');
    servers.push(server);
    return server;
  };

  return {
    routes,
    async listen({ host, ...address }) {
      const server = await listenAt({ ...address, ...(host ? { host } : {}) });
      return (server.address() as AddressInfo).port;
    },
    async listenOnSocket(path) {
      await listenAt({ path });
    },
    async close(drainMs) {
      isClosing = true;
      for (const http2 of http2Listeners) http2.close();
      const cut = options.clock.after(drainMs, () => http2Listeners.forEach((http2) => http2.destroy()));
      await Promise.all(servers.map((server) => closeServer(server, options.clock, drainMs)));
      cut();
      await app.close();
    },
  };
}

/** Runs before every route: trace, origins, token, size. */
function preRequestHook(options: HttpServerOptions) {
  const { apiToken, maxBodyBytes } = options;
  const handleCors = cors(options.allowedOrigins);
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { headers } = request;
    const queryAt = request.url.indexOf('?');
    const path = queryAt === -1 ? request.url : request.url.slice(0, queryAt);
    const needsNoToken = request.method === 'GET' && pathsWithoutToken.has(path.replace(/\/$/, ''));
    const call = openCall(request, reply, options);
    request.call = call;
    const { baggage } = headers;
    const invalidMember = illegalBaggage(baggage);
    if (invalidMember !== undefined)
      return void rejectWithText(
        reply,
        400,
        `invalid baggage header: invalid baggage list-member: ${JSON.stringify(invalidMember)}`,
      );
    if (baggage !== undefined) reply.header('baggage', baggage);
    if (handleCors?.(request, reply)) return;
    if (apiToken !== undefined && !needsNoToken && !tokenMatches(headers['dapr-api-token'], apiToken))
      return void rejectWithText(reply, 401, 'invalid api token');
    delete headers['dapr-api-token'];
    const type = headers['content-type'];
    if (type !== undefined && !mediaType.test(type)) headers['content-type'] = substituteType;
    if (Number(headers['content-length'] ?? 0) > maxBodyBytes)
      return void replyWithError(reply, bodyTooLarge(maxBodyBytes), options.log);
    done();
  };
}

function rejectWithText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(`${text}\n`);
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

/**
 * A connection whose last request ends after `close` stays open in Node, so idle ones are closed repeatedly until none
 * is left.
 */
async function closeServer(server: Server, clock: Clock, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = clock.monotonic() + drainMs;
  let cancel = (): void => {};
  const sweep = (): void => {
    if (clock.monotonic() >= deadline) server.closeAllConnections();
    else server.closeIdleConnections();
    cancel = clock.after(sweepMs, sweep);
  };
  sweep();
  await closed;
  cancel();
}
