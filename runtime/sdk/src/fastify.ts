import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorHost } from './actors/actor-host.ts';
import { turnIdHeader } from './actors/actor-routes.ts';
import type { ActorHost, ActorStateStore, TurnKind, TurnOutcome } from './actors/actor-host.ts';
import type { ActorDefinition } from './actors/definition.ts';
import { sidecarStateStore } from './actors/sidecar-state-store.ts';
import type { DaprClient } from './client.ts';
import { ProblemError, problemMediaType } from './dapr-error.ts';
import { InvalidPathError } from './path.ts';
import type { Random, Clock } from './ports.ts';
import { deliver } from './subscription.ts';
import type { EventFailure, Subscription } from './subscription.ts';
import { traceHeadersOf } from './trace-context.ts';
import type { TraceHeaders } from './trace-context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who may call a route. `callback`: the app's own sidecar with an event, a turn or a configuration request, never another
     * app through it. `sidecar`: the own sidecar (its APP_API_TOKEN), also with another app's invocation. `probe`: any health
     * check. The routes registered here declare it; an app enforces it in a hook, by `request.routeOptions.config`.
     */
    access?: 'callback' | 'sidecar' | 'probe' | 'public' | 'staff';
  }
}

/** An event or an actor's turn that failed. */
export type DaprAppFailure =
  | ({ readonly kind: 'event' } & EventFailure)
  | {
      readonly kind: 'turn';
      readonly error: unknown;
      readonly actorType: string;
      readonly actorId: string;
      readonly method: string;
    };

export interface DaprAppOptions {
  readonly client: DaprClient;
  readonly subscriptions?: readonly Subscription[];
  readonly actors?: readonly ActorDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  /** Called for each event and turn that failed; the sidecar sees the failure too and decides about repetition. */
  readonly onFailure?: (failure: DaprAppFailure) => void;
  /** The trace that a request belongs to; that of its headers when absent. */
  readonly traceOf?: (request: FastifyRequest) => TraceHeaders;
  /** Which ids actors may have; all when absent. A turn with another id is a 400 problem. */
  readonly isActorId?: (id: string) => boolean;
  /** Instead of the sidecar; for tests. */
  readonly actorStateStore?: ActorStateStore;
}

/**
 * Makes a fastify app one that a sidecar can call: `/dapr/config`, `/dapr/subscribe`, topic routes, actor routes and
 * `/healthz`, with the trace of each request carried to the calls made while it is served.
 */
export function serveDapr(app: FastifyInstance, options: DaprAppOptions): ActorHost {
  const { client, subscriptions = [], actors = [], clock, random } = options;
  const traceOf = options.traceOf ?? ((request: FastifyRequest) => traceHeadersOf(request.headers));
  const { context } = client;
  const host = actorHost(actors, options.actorStateStore ?? sidecarStateStore(client.send, context), { clock, random });

  app.addHook('onRequest', (request, _reply, done) => context.run(traceOf(request), done));

  app.get('/healthz', { config: { access: 'probe' }, schema: health }, (_request, reply) => reply.code(204).send());
  app.get('/dapr/config', { config: { access: 'callback' } }, () => {
    // Sidecars request this once, when they start.
    host.invalidateCachedState();
    return appConfig(actors);
  });
  app.get('/dapr/subscribe', { config: { access: 'callback' } }, () => subscriptions.map(subscriptionRow));

  // Sidecars send any content type, or none; bodies are read here as they are.
  void app.register((callbacks, _options, done) => {
    callbacks.removeAllContentTypeParsers();
    callbacks.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 16 << 20 }, (_request, body, parsed) =>
      parsed(null, body),
    );
    for (const subscription of subscriptions) serveTopic(callbacks, subscription, options);
    if (actors.length > 0) serveActors(callbacks, host, options);
    done();
  });
  return host;
}

const health = {
  summary: 'Whether the process serves requests',
  response: { 204: { type: 'null', description: 'It does' } },
} as const;

function appConfig(actors: readonly ActorDefinition[]): unknown {
  return {
    entities: actors.map(({ type }) => type),
    drainRebalancedActors: true,
    drainOngoingCallTimeout: '5s',
    entitiesConfig: actors
      .filter(({ idleTimeout }) => idleTimeout !== undefined)
      .map(({ type, idleTimeout }) => ({ entities: [type], actorIdleTimeout: idleTimeout })),
  };
}

/** Outrigger sends how often it has delivered the event, this time included. */
const attemptHeader = 'x-outrigger-attempt';

const topicRoute = ({ pubsub, topic }: Subscription): string => `/events/${pubsub}/${topic}`;

function subscriptionRow(subscription: Subscription): unknown {
  const { pubsub, topic, deadLetterTopic, metadata } = subscription;
  return { pubsubname: pubsub, topic, route: topicRoute(subscription), deadLetterTopic, metadata };
}

function serveTopic(app: FastifyInstance, subscription: Subscription, { onFailure }: DaprAppOptions): void {
  app.post(topicRoute(subscription), { config: { access: 'callback' } }, async (request) => {
    const attempt = Number(request.headers[attemptHeader]) || undefined;
    const { status, reason, failure } = await deliver(subscription, bodyText(request.body), attempt);
    if (failure !== undefined) onFailure?.({ kind: 'event', ...failure });
    return { status, ...(reason !== undefined && { reason }) };
  });
}

const callbackOnly = { config: { access: 'callback' } } as const;

interface ActorParams {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

function serveActors(app: FastifyInstance, host: ActorHost, options: DaprAppOptions): void {
  const { isActorId = () => true } = options;
  const serve = (path: string, kind: TurnKind): void => {
    app.put<{ Params: ActorParams }>(`/actors/:type/:id/method/${path}`, callbackOnly, async (request, reply) => {
      const { type, id, name } = request.params;
      const body = bodyText(request.body);
      let outcome: TurnOutcome;
      try {
        if (!isActorId(id)) throw new InvalidPathError();
        const value = jsonOf(body);
        const argument = kind === 'methods' ? value : (value as { data?: unknown } | undefined)?.data;
        const turnId = firstHeaderValue(request.headers[turnIdHeader]);
        outcome = await host.turn({ type, id, kind, name, argument, turnId });
      } catch (error) {
        // A retry cannot succeed.
        if (error instanceof InvalidPathError || error instanceof InvalidBodyError)
          return sendTurnOutcome(reply, { kind: 'rejected', problem: error });
        options.onFailure?.({ kind: 'turn', error, actorType: type, actorId: id, method: name });
        return reply.code(500).send({ errorCode: 'ERR_ACTOR_TURN', message: textOf(error) });
      }
      return sendTurnOutcome(reply, outcome);
    });
  };
  serve(':name', 'methods');
  serve('remind/:name', 'reminders');
  serve('timer/:name', 'timers');
  app.delete<{ Params: ActorParams }>('/actors/:type/:id', callbackOnly, async (request, reply) => {
    await host.deactivate(request.params);
    return reply.code(200).send();
  });
}

/** Sidecars take only 200 as success, so a problem is a 200 too and recognised by its content type. */
function sendTurnOutcome(reply: FastifyReply, outcome: TurnOutcome): FastifyReply {
  switch (outcome.kind) {
    case 'rejected':
      return reply.code(200).type(problemMediaType).send(JSON.stringify(outcome.problem.problem));
    case 'unknown':
      return reply.code(404).send({ errorCode: 'ERR_ACTOR_UNKNOWN', message: outcome.message });
    case 'done':
      if (outcome.cancel === true) reply.header('X-DaprReminderCancel', 'true');
      if (outcome.result === undefined) return reply.code(200).send();
      return reply.code(200).type('application/json').send(JSON.stringify(outcome.result));
  }
}

const firstHeaderValue = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

function jsonOf(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new InvalidBodyError();
  }
}

class InvalidBodyError extends ProblemError {
  constructor() {
    super({ type: 'bad-request', status: 400, title: 'Bad request', detail: 'The body must be JSON.' });
    this.name = 'InvalidBodyError';
  }
}

const bodyText = (body: unknown): string => (typeof body === 'string' ? body : '');

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
