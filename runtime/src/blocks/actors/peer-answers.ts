import type { Call } from '#core/call.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { type Reply, noBody, readBody } from '#core/message.ts';
import type { PeerRequest } from '../invoke/peers.ts';
import { actorInvokeFailed, actorNotHere, actorRuntimeNotFound, badActorRequest, hasCode } from './errors.ts';
import type { MethodCalls } from './method-calls.ts';
import { parseOwnerPath, replyOfError } from './peer-wire.ts';
import type { ActorRef } from './ports.ts';
import type { ReminderRequest, Reminders } from './reminders.ts';
import type { TimerRequest, Timers } from './timers.ts';

export interface PeerAnswerParts {
  readonly methods: MethodCalls;
  readonly timers: Timers;
  readonly reminders: Reminders | undefined;
  /** Called when this host was wrongly taken for the owner. */
  readonly wake: () => void;
}

const done: Reply = { status: 204, headers: [], body: noBody };

/** Does what another sidecar asks of the owner of an actor, here and nowhere else. Refusals become part of the reply. */
export async function answerPeer(call: Call, request: PeerRequest, parts: PeerAnswerParts): Promise<Reply> {
  try {
    return await answer(call, request, parts);
  } catch (error) {
    // A host that stops is like one that never had the actor: the caller looks for the next owner.
    if (hasCode(error, 'ERR_ACTOR_NOT_HERE') || hasCode(error, 'ERR_ACTOR_RUNTIME_CLOSED')) {
      parts.wake();
      return replyOfError(actorNotHere(...(request.actor ?? ['', ''])));
    }
    return replyOfError(error instanceof RuntimeError ? error : actorInvokeFailed(textOf(error)));
  }
}

async function answer(call: Call, request: PeerRequest, parts: PeerAnswerParts): Promise<Reply> {
  const asked = parseOwnerPath(request.message.path);
  if (!request.actor || !asked) throw badActorRequest('this is no request for an actor');
  const [type, id] = request.actor;
  const actor: ActorRef = { type, id };
  const { verb, headers, query } = request.message;
  const body = await readBody(request.message.body);
  const { operation, name } = asked;
  switch (operation) {
    case 'method':
      return parts.methods.invokeHere(call, actor, name, { headers: withoutMark(headers), body, query });
    case 'reminders':
      if (!parts.reminders) throw actorRuntimeNotFound();
      if (verb === 'DELETE') await parts.reminders.delete(call, actor, name);
      else await parts.reminders.set(call, actor, name, parse(body) as ReminderRequest);
      return done;
    case 'timers':
      if (verb === 'DELETE') parts.timers.delete(actor, name);
      else await parts.timers.set(call, actor, name, parse(body) as TimerRequest);
      return done;
  }
}

/** The loop mark is for sidecars, not for apps. */
function withoutMark(headers: readonly string[]): readonly string[] {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'x-dapr-remote');
  return at < 0 ? headers : [...headers.slice(0, at), ...headers.slice(at + 2)];
}

function parse(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
