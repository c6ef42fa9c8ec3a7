import { actorInvokeFailed } from '#blocks/actors/errors.ts';
import { errorMark } from '#blocks/actors/method-calls.ts';
import type { ActorApp } from '#blocks/actors/ports.ts';
import { codeNumber, httpOfCode } from '#core/grpc-code.ts';
import { type TraceContext, formatTraceparent } from '#core/trace.ts';
import type { ActorAnswer, AskApp } from './actor-questions.ts';
import { jsonTextBytes } from './json-bytes.ts';

/** The user's actors behind a stream of the app: what is a request and its headers elsewhere is a message with metadata here. */
export function streamedActorApp(ask: AskApp): ActorApp {
  return {
    async method(call, actor, method, { headers, body }) {
      const metadata = metadataOf(headers, call.trace);
      const answer = await ask(call, (id) => ({
        case: 'invokeRequest',
        value: { id, actorType: actor.type, actorId: actor.id, method, data: body, metadata },
      }));
      if (answer.case === 'requestFailed') {
        const { code, message } = answer.value;
        // a failure without a code is one all the same
        return { status: httpOfCode(code || codeNumber('Unknown')), headers: [], body: Buffer.from(message) };
      }
      if (answer.case !== 'invokeResponse') throw unexpected(answer);
      const { data, error, metadata: told } = answer.value;
      return {
        status: 200,
        headers: [...Object.entries(told).flat(), ...(error ? [errorMark, 'true'] : [])],
        body: data,
      };
    },
    async reminder(call, actor, name, { data, dueTime, period }) {
      const about = { actorType: actor.type, actorId: actor.id, name, dueTime, period, ...dataOf(data) };
      return alarmAnswer(await ask(call, (id) => ({ case: 'reminderRequest', value: { id, ...about } })));
    },
    async timer(call, actor, name, { callback, data, dueTime, period }) {
      const about = { actorType: actor.type, actorId: actor.id, name, callback, dueTime, period, ...dataOf(data) };
      return alarmAnswer(await ask(call, (id) => ({ case: 'timerRequest', value: { id, ...about } })));
    },
    async deactivate(call, actor) {
      const value = { actorType: actor.type, actorId: actor.id };
      const answer = await ask(call, (id) => ({ case: 'deactivateRequest', value: { id, ...value } }));
      if (answer.case !== 'deactivateResponse') throw unexpected(answer);
    },
  };
}

function alarmAnswer(answer: ActorAnswer): { cancel: boolean } {
  if (answer.case !== 'reminderResponse' && answer.case !== 'timerResponse') throw unexpected(answer);
  return { cancel: answer.value.cancel };
}

function unexpected(answer: ActorAnswer): Error {
  const said =
    answer.case === 'requestFailed' ? answer.value.message : `${answer.case ?? 'nothing'} is no answer to this`;
  return actorInvokeFailed(`error from actor service: ${said}`);
}

/** Of several headers of one name the first counts. */
function metadataOf(headers: readonly string[], trace: TraceContext): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) metadata[headers[i] ?? ''] ??= headers[i + 1] ?? '';
  metadata['traceparent'] = formatTraceparent(trace);
  return metadata;
}

function dataOf(text: string | undefined) {
  return text === undefined ? undefined : jsonTextBytes(text);
}
