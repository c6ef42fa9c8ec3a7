import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { type Reply, headerOf, noBody, readBody } from '#core/message.ts';
import { type ActorConfig, actorConfigShape, noActors, parseActorConfig } from '#blocks/actors/actor-config.ts';
import { actorInvokeFailed } from '#blocks/actors/errors.ts';
import type { ActorApp, ActorRef, ActorRequest } from '#blocks/actors/ports.ts';

const cancelHeader = 'X-DaprReminderCancel';
const turnHeader = 'x-outrigger-turn';
const json = ['content-type', 'application/json'] as const;

interface CallbackBody {
  readonly callback?: string;
  readonly data?: string;
  readonly dueTime: string;
  readonly period: string;
  readonly turn?: string;
}

/** The user's actors behind HTTP: always PUT, and exactly 200 is success. */
export function httpActorApp(channel: AppChannel): ActorApp {
  const send = (
    call: Call,
    verb: string,
    path: string,
    { headers, body, query = '' }: ActorRequest = { headers: [], body: noBody },
  ): Promise<Reply> => channel.request(call, { verb, path, query, headers, body });

  const sendCallback = async (call: Call, path: string, body: CallbackBody): Promise<{ cancel: boolean }> => {
    const headers = body.turn === undefined ? json : [...json, turnHeader, body.turn];
    const reply = await send(call, 'PUT', path, { headers, body: callbackBody(body) });
    await expectOk(reply);
    return { cancel: headerOf(reply.headers, cancelHeader)?.toLowerCase() === 'true' };
  };

  return {
    async method(call, actor, method, request) {
      const path = `${pathOf(actor)}/method/${encodedPath(method)}`;
      const reply = await send(call, 'PUT', path, request);
      return { status: reply.status, headers: reply.headers, body: await readBody(reply.body) };
    },
    reminder: (call, actor, name, { data, turn }) =>
      // The members are there and empty: to the reference, times of a reminder are its scheduler's own business.
      sendCallback(call, `${pathOf(actor)}/method/remind/${encodeURIComponent(name)}`, {
        ...(data === undefined ? undefined : { data }),
        dueTime: '',
        period: '',
        ...(turn === undefined ? undefined : { turn }),
      }),
    timer: (call, actor, name, body) =>
      sendCallback(call, `${pathOf(actor)}/method/timer/${encodeURIComponent(name)}`, body),
    async deactivate(call, actor) {
      await expectOk(await send(call, 'DELETE', pathOf(actor)));
    },
  };
}

/**
 * What the app says at `/dapr/config`. Anything but 200 means that it hosts no actors; an answer that cannot be read is
 * the same with a complaint. Rejects when the app does not answer.
 */
export async function readAppConfig(call: Call, channel: AppChannel, appId: string): Promise<ActorConfig> {
  if (channel.protocol === 'grpc' || channel.protocol === 'grpcs') return noActors;
  const headers = ['Dapr-App-Id', appId];
  const reply = await channel.request(call, { verb: 'GET', path: '/dapr/config', query: '', headers, body: noBody });
  const body = await readBody(reply.body);
  if (reply.status !== 200) return noActors;
  try {
    return parseActorConfig(decodeGo(actorConfigShape, body));
  } catch (cause) {
    return { ...noActors, warnings: [`the answer to /dapr/config cannot be read: ${textOf(cause)}`] };
  }
}

function pathOf(actor: ActorRef): string {
  return `/actors/${encodeURIComponent(actor.type)}/${encodeURIComponent(actor.id)}`;
}

/** A method may be a path of its own. */
function encodedPath(method: string): string {
  return method.includes('/') ? method.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(method);
}

/** By hand, since `data` is JSON text that goes through as it is. In the wire's order. */
function callbackBody({ callback, data, dueTime, period }: CallbackBody): Uint8Array {
  const dataField = data === undefined ? '' : `"data":${data},`;
  const callbackField = callback === undefined ? '' : `"callback":${JSON.stringify(callback)},`;
  const rest = `"dueTime":${JSON.stringify(dueTime)},"period":${JSON.stringify(period)}`;
  return Buffer.from(`{${dataField}${callbackField}${rest}}`);
}

async function expectOk(reply: Reply): Promise<void> {
  const body = await readBody(reply.body);
  if (reply.status !== 200)
    throw actorInvokeFailed(`error from actor service: (${reply.status}) ${Buffer.from(body).toString('utf8')}`);
}
