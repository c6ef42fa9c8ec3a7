import { LogController, fastify } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { traceHeadersOf } from '@outrigger/sdk';
import type { Subscription, TraceHeaders } from '@outrigger/sdk';
import type { ActorDefinition } from '@outrigger/sdk/actors';
import { serveDapr } from '@outrigger/sdk/fastify';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { serveApiDocs } from './api-docs.ts';
import { logRequests } from './access-log.ts';
import { requireAccess } from './access.ts';
import { logFailure } from './failures.ts';
import { acceptJsonBodies } from './json-bodies.ts';
import type { Log } from './log.ts';
import { respondToMalformedRequest } from './malformed-requests.ts';
import { serveOperations } from './operations.ts';
import { handleErrorsAsProblems, problemForMalformedRequest, sendProblem } from './problems.ts';
import { checkRequestsBySchema, collectRoutes, writeResponsesAsTheyAre } from './route-schemas.ts';
import { isValid } from './schema.ts';
import type { ServiceContext } from './service-context.ts';

/** What a service consists of. */
export interface ServiceParts {
  /** There is no sidecar beside it: nobody may call what is for one. */
  readonly isStandalone?: boolean;
  /** Strangers reach the port: what is not for them is a 404, and connections have tight limits. */
  readonly isPublic?: boolean;
  /** Addresses of proxies in front whose `x-forwarded-*` headers count; nobody's when absent. */
  readonly trustProxy?: boolean | string;
  /** Sent with every response, also where there is no route and where the request cannot be read. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For `/readyz`: rejects while the service cannot do its work. */
  readonly ready?: () => Promise<void>;
  readonly routes?: (app: FastifyInstance) => void;
  readonly subscriptions?: readonly Subscription[];
  readonly actors?: readonly ActorDefinition[];
  /** Closed in reverse order when the service stops, after its last response. */
  readonly closing?: readonly { close(): Promise<void> }[];
}

export interface ServiceAppOptions {
  /** A response that differs from its schema is an error: in tests, and not where shoppers would get it. */
  readonly checksResponses?: boolean;
}

/** The service's HTTP side without a process around it; tests call it by `inject`. */
export function serviceApp(
  context: ServiceContext,
  parts: ServiceParts,
  { checksResponses = true }: ServiceAppOptions = {},
): FastifyInstance {
  const app = emptyApp(context.log, parts);
  collectRoutes(app);
  logRequests(app, context.log);
  handleErrorsAsProblems(app, context.log);
  acceptJsonBodies(app);
  checkRequestsBySchema(app);
  writeResponsesAsTheyAre(app, { isChecked: checksResponses });
  protectRoutes(app, context, parts);
  serveSidecar(app, context, parts);
  serveOperations(app, context, parts.ready);
  parts.routes?.(app);
  if (hasApiDocs(context.env)) serveApiDocs(app, context.name);
  return app;
}

/** Off by default, and always off in production. */
const hasApiDocs = (env: ServiceContext['env']): boolean =>
  env.optional('API_DOCS') === '1' && env.optional('NODE_ENV') !== 'production';

function emptyApp(log: Log, { isPublic = false, trustProxy = false, headers = {} }: ServiceParts): FastifyInstance {
  const app: FastifyInstance = fastify({
    ...connectionLimits(isPublic),
    // The service reports where it listens, and `logRequests` each response, without the address and its query.
    ...(isFastifyLog(log) && { loggerInstance: log.child({}, { level: 'warn' }), childLoggerFactory: () => log }),
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: 1 << 20,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, _request, reply) =>
      void sendProblem(reply.headers(headers), problemForMalformedRequest(error)),
    clientErrorHandler: (error, socket) => respondToMalformedRequest(error, socket, headers),
  });
  app.server.maxConnections = maxConnections;
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
  return app;
}

/** The log of a process is fastify's too; what tests pass has only the methods of `Log`. */
const isFastifyLog = (log: Log): log is Log & FastifyBaseLogger => 'child' in log && 'fatal' in log;

/** Enough for every page and sidecar, and far below the usual limit of file descriptors. */
const maxConnections = 4_096;

/**
 * Node checks these each second: a head must be there in 5 s, a whole request in 15 s, and a connection on which nothing moves
 * ends. Sidecars keep their connections for longer than browsers need to.
 */
const connectionLimits = (isPublic: boolean) => ({
  requestTimeout: 15_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: isPublic ? 6_000 : 72_000,
  http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
});

function protectRoutes(
  app: FastifyInstance,
  { name, env, log }: ServiceContext,
  { isPublic = false, isStandalone = false }: ServiceParts,
): void {
  const appApiToken = env.optional('APP_API_TOKEN');
  if (appApiToken === undefined && !isPublic && !isStandalone)
    log.debug({}, 'APP_API_TOKEN is not set: any local program may call this service');
  requireAccess(app, { appId: name, appApiToken, staffToken: env.optional('STAFF_TOKEN'), isPublic, isStandalone });
}

function serveSidecar(app: FastifyInstance, context: ServiceContext, { subscriptions, actors }: ServiceParts): void {
  const { client, clock, random, log, metrics } = context;
  serveDapr(app, {
    client,
    subscriptions,
    actors,
    clock,
    random,
    onFailure: (failure) => logFailure(log, metrics, failure),
    traceOf,
    isActorId,
  });
}

/** The same rule as for every id: a caller that bypasses the routes cannot create an actor with another id. */
const isActorId = (text: string): boolean => isValid(id, text) && text.trim() === text;

/** Clients do not choose the trace of their request: it begins here. */
const traceOf = (request: FastifyRequest): TraceHeaders =>
  request.routeOptions.config.access === 'public' || request.is404 ? {} : traceHeadersOf(request.headers);
