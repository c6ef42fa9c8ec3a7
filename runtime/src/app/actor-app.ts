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
      // The members are present and empty: in the reference the times of a reminder belong to its scheduler only.
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
 * Reads the app's configuration from `/dapr/config`. Any status other than 200 means that it hosts no actors; an
 * unreadable response means the same, with a warning. Rejects when the app does not respond.
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
    return { ...noActors, warnings: [`the response to /dapr/config cannot be read: ${textOf(cause)}`] };
  }
}

function pathOf(actor: ActorRef): string {
  return `/actors/${encodeURIComponent(actor.type)}/${encodeURIComponent(actor.id)}`;
}

/** A method may contain slashes. */
function encodedPath(method: string): string {
  return method.includes('/') ? method.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(method);
}

/**
 * Built by hand, because `data` is JSON text that is passed through unchanged. Members are in the order of the wire
 * format.
 */
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
