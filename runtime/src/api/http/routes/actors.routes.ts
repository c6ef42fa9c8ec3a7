import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';
import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import type { ActorRef } from '#blocks/actors/ports.ts';
import type { ReminderView } from '#blocks/actors/reminders.ts';
import {
  operationsShape,
  reminderRequest,
  reminderShape,
  stateOperations,
  timerRequest,
  timerShape,
  turnRequest,
  turnShape,
} from './actor-body.ts';
import { bodyAs, bodyBytes } from './body.ts';
import { callOf } from '../server/request-call.ts';

interface ActorPath {
  readonly type: string;
  readonly id: string;
}
type Named = { Params: ActorPath & { readonly name: string } };
type WithMethod = { Params: ActorPath & { readonly method: string } };
type WithKey = { Params: ActorPath & { readonly key: string } };

/** Not forwarded to the actor: headers that the sidecar sets, and the caller's claimed identity. */
const sidecarHeaders =
  /^(?:proxy-.*|expect|host|traceparent|tracestate|baggage|grpc-trace-bin|dapr-api-token|dapr-api-call|dapr-caller-.*|dapr-callee-.*|x-dapr-remote|x-outrigger-turn)$/i;
const notReturned = /^(?:traceparent|tracestate|x-outrigger-turn)$/i;

const path = '/v1.0/actors/:type/:id';

/** The routes of `v1.0/actors`, and the transactional turn (`v1.0-outrigger`). */
export function actorRoutes(app: FastifyInstance, actors: ActorsBlock): void {
  /** A request on an actor within its turn belongs to that turn, even when the app passes no trace on. */
  const callOn = (request: FastifyRequest): Call => {
    const call = callOf(request);
    const trace = request.headers['traceparent'] === undefined ? actors.turnTrace(actorOf(request)) : undefined;
    return trace ? { ...call, trace } : call;
  };

  app.route<WithMethod>({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: `${path}/method/:method`,
    async handler(request, reply) {
      const response = await actors.invoke(callOf(request), actorOf(request), request.params.method, {
        headers: endToEndHeaders(request.raw.rawHeaders),
        body: bodyBytes(request),
        query: queryOf(request),
      });
      reply.code(response.status);
      // A response without content type is JSON in Dapr.
      reply.type('application/json');
      copyHeaders(response.headers, reply);
      return reply.send(response.body);
    },
  });

  app.get<WithKey>(`${path}/state/:key`, async (request, reply) => {
    const stored = await actors.getState(callOn(request), actorOf(request), request.params.key);
    if (stored === undefined || stored.data.length === 0) return noContent(reply);
    if (stored.expiresAt !== undefined)
      reply.header('metadata.ttlExpireTime', `${new Date(stored.expiresAt).toISOString().slice(0, 19)}Z`);
    return reply.type('application/json').send(stored.data);
  });

  app.route<{ Params: ActorPath }>({
    method: ['POST', 'PUT'],
    url: `${path}/state`,
    async handler(request, reply) {
      const operations = stateOperations(bodyAs(operationsShape, request), 'the body');
      const changes = { operations, reminders: [], events: [], raw: bodyBytes(request) };
      await actors.commit(callOn(request), actorOf(request), changes, turnOf(request));
      return noContent(reply);
    },
  });

  app.post<{ Params: ActorPath }>('/v1.0-outrigger/actors/:type/:id/turn', async (request, reply) => {
    const changes = turnRequest(bodyAs(turnShape, request), bodyBytes(request));
    await actors.commit(callOn(request), actorOf(request), changes, turnOf(request));
    return noContent(reply);
  });

  app.route<Named>({
    method: ['POST', 'PUT'],
    url: `${path}/reminders/:name`,
    async handler(request, reply) {
      const schedule = reminderRequest(bodyAs(reminderShape, request));
      await actors.setReminder(callOn(request), actorOf(request), request.params.name, schedule);
      return noContent(reply);
    },
  });
  app.get<Named>(`${path}/reminders/:name`, async (request, reply) => {
    const view = await actors.getReminder(callOf(request), actorOf(request), request.params.name);
    return reply.type('application/json').send(viewJson(view));
  });
  app.delete<Named>(`${path}/reminders/:name`, async (request, reply) => {
    await actors.deleteReminder(callOn(request), actorOf(request), request.params.name);
    return noContent(reply);
  });

  app.route<Named>({
    method: ['POST', 'PUT'],
    url: `${path}/timers/:name`,
    async handler(request, reply) {
      const schedule = timerRequest(bodyAs(timerShape, request));
      await actors.setTimer(callOn(request), actorOf(request), request.params.name, schedule);
      return noContent(reply);
    },
  });
  app.delete<Named>(`${path}/timers/:name`, async (request, reply) => {
    await actors.deleteTimer(callOn(request), actorOf(request), request.params.name);
    return noContent(reply);
  });
}

/** Written by hand, since `data` is JSON text that is passed on unchanged. In Dapr's order. */
function viewJson({ actorID, actorType, data, ...times }: ReminderView): string {
  const head = JSON.stringify({ actorID, actorType }).slice(0, -1);
  const rest = JSON.stringify(times).slice(1);
  return `${head}${data === undefined ? '' : `,"data":${data}`}${rest === '}' ? '' : ','}${rest}`;
}

/** As the caller wrote it. */
function queryOf({ raw: { url = '' } }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

function actorOf(request: FastifyRequest): ActorRef {
  const { type, id } = request.params as ActorPath;
  return { type, id };
}

/** The turn's token, by which the app proves that it still owns the turn. */
function turnOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-outrigger-turn'];
  return typeof header === 'string' ? header : undefined;
}

function noContent(reply: FastifyReply): FastifyReply {
  return reply.code(204).send();
}

function endToEndHeaders(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (!isHopByHop(name) && !sidecarHeaders.test(name)) headers.push(name, value);
  }
  headers.push('Dapr-API-Call', 'true');
  return headers;
}

function isHopByHop(name: string): boolean {
  return hopByHopHeaders.has(name.toLowerCase());
}

function copyHeaders(headers: readonly string[], reply: FastifyReply): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (!isHopByHop(name) && !notReturned.test(name)) reply.header(name, value);
  }
}
