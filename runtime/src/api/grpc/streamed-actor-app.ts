import { actorInvokeFailed } from '#blocks/actors/errors.ts';
import { actorErrorHeader } from '#blocks/actors/method-calls.ts';
import type { ActorApp } from '#blocks/actors/ports.ts';
import { codeNumber, httpOfCode } from '#core/grpc-code.ts';
import { type TraceContext, formatTraceparent } from '#core/trace.ts';
import type { ActorStreamResponse, SendToApp } from './actor-stream-requests.ts';
import { jsonTextBytes } from './json-bytes.ts';

/** The user's actors behind a stream of the app: requests with headers become messages with metadata. */
export function streamedActorApp(send: SendToApp): ActorApp {
  return {
    async method(call, actor, method, { headers, body }) {
      const metadata = metadataOf(headers, call.trace);
      const response = await send(call, (id) => ({
        case: 'invokeRequest',
        value: { id, actorType: actor.type, actorId: actor.id, method, data: body, metadata },
      }));
      if (response.case === 'requestFailed') {
        const { code, message } = response.value;
        // a failure without a code is still a failure
        return { status: httpOfCode(code || codeNumber('Unknown')), headers: [], body: Buffer.from(message) };
      }
      if (response.case !== 'invokeResponse') throw unexpectedResponse(response);
      const { data, error, metadata: responseMetadata } = response.value;
      return {
        status: 200,
        headers: [...Object.entries(responseMetadata).flat(), ...(error ? [actorErrorHeader, 'true'] : [])],
        body: data,
      };
    },
    async reminder(call, actor, name, { data, dueTime, period }) {
      const fields = { actorType: actor.type, actorId: actor.id, name, dueTime, period, ...dataOf(data) };
      return cancelResult(await send(call, (id) => ({ case: 'reminderRequest', value: { id, ...fields } })));
    },
    async timer(call, actor, name, { callback, data, dueTime, period }) {
      const fields = { actorType: actor.type, actorId: actor.id, name, callback, dueTime, period, ...dataOf(data) };
      return cancelResult(await send(call, (id) => ({ case: 'timerRequest', value: { id, ...fields } })));
    },
    async deactivate(call, actor) {
      const value = { actorType: actor.type, actorId: actor.id };
      const response = await send(call, (id) => ({ case: 'deactivateRequest', value: { id, ...value } }));
      if (response.case !== 'deactivateResponse') throw unexpectedResponse(response);
    },
  };
}

function cancelResult(response: ActorStreamResponse): { cancel: boolean } {
  if (response.case !== 'reminderResponse' && response.case !== 'timerResponse') throw unexpectedResponse(response);
  return { cancel: response.value.cancel };
}

function unexpectedResponse(response: ActorStreamResponse): Error {
  const reason =
    response.case === 'requestFailed'
      ? response.value.message
      : `${response.case ?? 'nothing'} is not a response to this request`;
  return actorInvokeFailed(`error from actor service: ${reason}`);
}

/** Of several headers with one name the first is used. */
function metadataOf(headers: readonly string[], trace: TraceContext): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) metadata[headers[i] ?? ''] ??= headers[i + 1] ?? '';
  metadata['traceparent'] = formatTraceparent(trace);
  return metadata;
}

function dataOf(text: string | undefined) {
  return text === undefined ? undefined : jsonTextBytes(text);
}
