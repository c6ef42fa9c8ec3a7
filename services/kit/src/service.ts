import { fastify } from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { daprClient, traceHeadersOf } from '@outrigger/sdk';
import type { DaprClient, Subscription, TraceHeaders } from '@outrigger/sdk';
import type { ActorDefinition } from '@outrigger/sdk/actors';
import { serveDapr } from '@outrigger/sdk/fastify';
import type { DaprAppFailure } from '@outrigger/sdk/fastify';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { requireAccess } from './access.ts';
import { respondToMalformedRequest } from './malformed-requests.ts';
import { checkCommonSettings } from './common-settings.ts';
import { logFailure } from './failures.ts';
import { processMemory, releaseIdleMemory } from './idle-memory.ts';
import { jsonLog } from './log.ts';
import { metricsOf } from './metrics.ts';
import {
  handleErrorsAsProblems,
  badRequest,
  problemForMalformedRequest,
  sendProblem,
  unavailable,
  unsupportedMediaType,
} from './problems.ts';
import { check, invalid, isValid } from './schema.ts';
import { shutdownOnSignal } from './shutdown.ts';
import {
  ConfigurationError,
  configurationExitCode,
  environment,
  systemRandom,
  systemClock,
} from './service-context.ts';
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

export interface Service extends ServiceContext {
  readonly app: FastifyInstance;
  readonly url: string;
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: string;
  /** The process's own when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A fake in tests. */
  readonly client?: DaprClient;
  /** False in tests: do not listen for signals or watch the parent. */
  readonly isProcess?: boolean;
  readonly build: (context: ServiceContext) => ServiceParts | Promise<ServiceParts>;
}

/**
 * Starts a service: reads `APP_PORT`, `HOST`, `DAPR_HTTP_PORT`, `DAPR_API_TOKEN` and `LOG_LEVEL`, listens, and stops within
 * 5 s on SIGTERM or SIGINT, or when its parent has ended and `OUTRIGGER_EXIT_WITH_PARENT` is 1. It does not wait for its
 * sidecar: either may come first.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, build, isProcess = true } = options;
  const context = processContext(name, options);
  const { env, log } = context;
  const shutdown = isProcess ? shutdownOnSignal(context) : undefined;
  try {
    checkCommonSettings(env);
    const parts = await build(context);
    const app = serviceApp(context, parts);
    const close = (): Promise<void> => closeService(context, app, parts);
    shutdown?.onShutdown(close);
    const port = Number(env.optional('APP_PORT') ?? 0);
    const url = await app.listen({ port, host: env.optional('HOST') ?? '127.0.0.1' });
    log.info({ url }, 'listening');
    if (isProcess) releaseIdleMemory(context.clock, processMemory());
    return { ...context, app, url, close };
  } catch (error) {
    if (!isProcess) throw error;
    log.error({ error }, 'could not start');
    process.exit(error instanceof ConfigurationError ? configurationExitCode : 1);
  }
}

/** The real dependencies of a program: its environment, the system's clock and random source, and its sidecar. */
export function processContext(name: string, options: Pick<ServiceOptions, 'env' | 'client'> = {}): ServiceContext {
  const env = environment(options.env ?? process.env);
  const client = options.client ?? clientOf(env);
  const log = jsonLog({
    app: name,
    level: env.optional('LOG_LEVEL'),
    write: (line) => process.stdout.write(line),
    now: () => systemClock.now(),
    traceId: () => client.context.traceId(),
  });
  return {
    name,
    env,
    client,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: metricsOf(name, { isProcess: true }),
  };
}

const drainMs = 2_000;

async function closeService(
  { client, clock }: ServiceContext,
  app: FastifyInstance,
  parts: ServiceParts,
): Promise<void> {
  // Streams to browsers do not end; requests get a moment to finish.
  const cancel = clock.after(drainMs, () => app.server.closeAllConnections());
  await app.close();
  cancel();
  for (const part of [...(parts.closing ?? [])].reverse()) await part.close();
  await client.close();
}

/** An empty body is none, whatever type it has: sidecars name one for calls that their caller sent without. */
function acceptEmptyBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text === '') return done(null, undefined);
    void parseJson(request, text, (error, value) => done(error && isJson(text) ? forbiddenMember() : error, value));
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(unsupportedMediaType());
  });
}

/** The parser rejects what is JSON only for members that would change an object's prototype. */
const forbiddenMember = (): Error => badRequest('The body must not have a member __proto__, or constructor.prototype.');

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The service's HTTP side without a process around it; tests call it by `inject`. */
export function serviceApp(context: ServiceContext, parts: ServiceParts): FastifyInstance {
  const { client, clock, random, log, metrics, env } = context;
  const { subscriptions, actors, isPublic = false, isStandalone = false, trustProxy = false, headers = {} } = parts;
  const app = fastify({
    ...connectionLimits(isPublic),
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
  handleErrorsAsProblems(app, log);
  acceptEmptyBodies(app);
  checkBySchema(app);
  const appApiToken = env.optional('APP_API_TOKEN');
  if (appApiToken === undefined && !isPublic && !isStandalone)
    log.debug({}, 'APP_API_TOKEN is not set: any local program may call this service');
  requireAccess(app, {
    appId: context.name,
    appApiToken,
    staffToken: env.optional('STAFF_TOKEN'),
    isPublic,
    isStandalone,
  });
  const onFailure = (failure: DaprAppFailure): void => logFailure(log, metrics, failure);
  serveDapr(app, { client, subscriptions, actors, clock, random, onFailure, traceOf, isActorId });
  serveOperations(app, context, parts);
  parts.routes?.(app);
  return app;
}

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

/** The same rule as for every id: a caller that bypasses the routes cannot create an actor with another id. */
const isActorId = (text: string): boolean => isValid(id, text) && text.trim() === text;

/** Clients do not choose the trace of their request: it begins here. */
const traceOf = (request: FastifyRequest): TraceHeaders =>
  request.routeOptions.config.access === 'public' || request.is404 ? {} : traceHeadersOf(request.headers);

/** Route schemas are TypeBox schemas; every string is normalised before it is checked. */
function checkBySchema(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => (data) => {
    const { value, errors } = check(schema, data, { coerce: httpPart !== 'body' });
    return errors === undefined ? { value } : { error: invalid(partNames[httpPart ?? ''] ?? 'The request', errors) };
  });
}

const partNames: Readonly<Record<string, string>> = {
  params: 'The address',
  querystring: 'The query',
  headers: 'The headers',
};

/** `/readyz` for orchestrators and `/metrics` for Prometheus with the staff token as bearer. */
function serveOperations(app: FastifyInstance, { metrics, log }: ServiceContext, { ready }: ServiceParts): void {
  app.get('/readyz', { config: { access: 'probe' } }, async (_request, reply) => {
    try {
      await ready?.();
    } catch (error) {
      log.debug({ error }, 'not ready');
      throw unavailable('This service is not ready.');
    }
    return reply.code(204).send();
  });
  app.get('/metrics', { config: { access: 'staff' } }, async (_request, reply) => {
    const { contentType, text } = await metrics.text();
    return reply.type(contentType).send(text);
  });
}

function clientOf(env: ServiceContext['env']): DaprClient {
  return daprClient({
    endpoint: env.optional('DAPR_HTTP_ENDPOINT'),
    httpPort: Number(env.optional('DAPR_HTTP_PORT') ?? 3500),
    apiToken: env.optional('DAPR_API_TOKEN'),
    clock: systemClock,
  });
}
