import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { daprClient, ProblemError } from '@outrigger/sdk';
import type { DaprClient, Subscription } from '@outrigger/sdk';
import type { ActorDefinition } from '@outrigger/sdk/actors';
import { serveDapr } from '@outrigger/sdk/fastify';
import { jsonLog } from './log.ts';
import { answerProblems } from './problems.ts';
import { stopWith } from './stopping.ts';
import { environment, systemChance, systemClock } from './world.ts';
import type { World } from './world.ts';

/** What a service consists of. */
export interface ServiceParts {
  readonly routes?: (app: FastifyInstance) => void;
  readonly subscriptions?: readonly Subscription[];
  readonly actors?: readonly ActorDefinition[];
  /** Closed in reverse order when the service stops, after its last request was answered. */
  readonly closing?: readonly { close(): Promise<void> }[];
}

export interface Service extends World {
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
  readonly build: (world: World) => ServiceParts | Promise<ServiceParts>;
}

/**
 * Starts a service: reads `APP_PORT`, `HOST`, `DAPR_HTTP_PORT`, `DAPR_API_TOKEN` and `LOG_LEVEL`, listens, and stops within
 * 5 s on SIGTERM or SIGINT, or when its parent is gone and `OUTRIGGER_EXIT_WITH_PARENT` is 1. It does not wait for its
 * sidecar: either may come first.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, build, isProcess = true } = options;
  const world = processWorld(name, options);
  const { env, log } = world;
  const stopping = isProcess ? stopWith(world) : undefined;
  try {
    const parts = await build(world);
    const app = serviceApp(world, parts);
    const close = (): Promise<void> => closeService(world, app, parts);
    stopping?.onStop(close);
    const port = Number(env.optional('APP_PORT') ?? 0);
    const url = await app.listen({ port, host: env.optional('HOST') ?? '127.0.0.1' });
    log.info({ url }, 'listening');
    return { ...world, app, url, close };
  } catch (error) {
    if (!isProcess) throw error;
    log.error({ error }, 'could not start');
    process.exit(1);
  }
}

/** The real surroundings of a program: its environment, the system's clock and chance, and its sidecar. */
export function processWorld(name: string, options: Pick<ServiceOptions, 'env' | 'client'> = {}): World {
  const env = environment(options.env ?? process.env);
  const client = options.client ?? clientOf(env);
  const log = jsonLog({
    app: name,
    level: env.optional('LOG_LEVEL'),
    write: (line) => process.stdout.write(line),
    now: () => systemClock.now(),
    traceId: () => client.context.traceId(),
  });
  return { name, env, client, clock: systemClock, chance: systemChance, log };
}

const drainMs = 2_000;

async function closeService({ client, clock }: World, app: FastifyInstance, parts: ServiceParts): Promise<void> {
  // Streams to browsers never end by themselves; requests get a moment to.
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
    if (body === '') done(null, undefined);
    else void parseJson(request, String(body), done);
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(new ProblemError({ status: 415, title: 'Unsupported media type', detail: 'The body must be JSON.' }));
  });
}

/** The service's HTTP side without a process around it; tests call it by `inject`. */
export function serviceApp(world: World, parts: ServiceParts): FastifyInstance {
  const { client, clock, chance, log } = world;
  const app = fastify({ bodyLimit: 1 << 20, forceCloseConnections: 'idle', routerOptions: { maxParamLength: 500 } });
  answerProblems(app, log);
  acceptEmptyBodies(app);
  const { subscriptions, actors } = parts;
  const onFailure = (error: unknown, what: string): void => log.warn({ error }, `${what} failed`);
  serveDapr(app, { client, subscriptions, actors, clock, chance, onFailure });
  parts.routes?.(app);
  return app;
}

function clientOf(env: World['env']): DaprClient {
  return daprClient({
    endpoint: env.optional('DAPR_HTTP_ENDPOINT'),
    httpPort: Number(env.optional('DAPR_HTTP_PORT') ?? 3500),
    apiToken: env.optional('DAPR_API_TOKEN'),
    clock: systemClock,
  });
}
