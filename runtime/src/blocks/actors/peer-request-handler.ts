import type { Call } from '#core/call.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { type Reply, noBody, readBody } from '#core/message.ts';
import type { PeerRequest } from '../invoke/peers.ts';
import { actorInvokeFailed, actorNotHere, actorRuntimeNotFound, badActorRequest, hasCode } from './errors.ts';
import type { MethodCalls } from './method-calls.ts';
import { replyOfError } from './peer-wire.ts';
import type { ActorRef } from './ports.ts';
import type { ReminderRequest, Reminders } from './reminders.ts';
import type { TimerRequest, Timers } from './timers.ts';

export interface PeerRequestHandlerOptions {
  readonly methods: MethodCalls;
  readonly timers: Timers;
  readonly reminders: Reminders | undefined;
  /** Called when this host was wrongly treated as the owner. */
  readonly onWrongOwner: () => void;
}

const noContent: Reply = { status: 204, headers: [], body: noBody };

/** Handles a request to the owner of an actor, on this host only. Errors become part of the reply. */
export async function handlePeerRequest(
  call: Call,
  request: PeerRequest,
  options: PeerRequestHandlerOptions,
): Promise<Reply> {
  try {
    return await handle(call, request, options);
  } catch (error) {
    // A stopping host is treated as one that never owned the actor: the caller looks for the next owner.
    if (hasCode(error, 'ERR_ACTOR_NOT_HERE') || hasCode(error, 'ERR_ACTOR_RUNTIME_CLOSED')) {
      options.onWrongOwner();
      return replyOfError(actorNotHere(...(request.actor ?? ['', ''])));
    }
    return replyOfError(error instanceof RuntimeError ? error : actorInvokeFailed(textOf(error)));
  }
}

async function handle(call: Call, request: PeerRequest, options: PeerRequestHandlerOptions): Promise<Reply> {
  if (!request.actor || !request.owner) throw badActorRequest('this is no request for an actor');
  const [type, id] = request.actor;
  const actor: ActorRef = { type, id };
  const { verb, headers, query } = request.message;
  const body = await readBody(request.message.body);
  const { operation, name } = request.owner;
  switch (operation) {
    case 'method':
      return options.methods.invokeLocally(call, actor, name, { headers: withoutMark(headers), body, query });
    case 'reminders':
      if (!options.reminders) throw actorRuntimeNotFound();
      if (verb === 'DELETE') await options.reminders.delete(call, actor, name);
      else await options.reminders.set(call, actor, name, parse(body) as ReminderRequest);
      return noContent;
    case 'timers':
      if (verb === 'DELETE') options.timers.delete(actor, name);
      else await options.timers.set(call, actor, name, parse(body) as TimerRequest);
      return noContent;
  }
}

/** Without the mark that the previous version of the sidecar adds, as the last header: it is not for apps. */
function withoutMark(headers: readonly string[]): readonly string[] {
  return headers.at(-2) === 'X-Dapr-Remote' ? headers.slice(0, -2) : headers;
}

function parse(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
