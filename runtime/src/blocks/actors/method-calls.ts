import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { headerOf } from '#core/message.ts';
import type { Activation } from './activation.ts';
import { actorInvokeFailed, actorMethodMissing, actorTurnEnded, isCausedBy } from './errors.ts';
import type { OwnerCalls } from './owner-calls.ts';
import { ownerRequest } from './peer-wire.ts';
import type { ActorReply, ActorRef, ActorRequest } from './ports.ts';
import type { Turns } from './turns.ts';

/** Marks a response as an error that the actor itself returned. */
export const actorErrorHeader = 'X-DaprErrorResponseHeader';
export const reentrancyHeader = 'Dapr-Reentrancy-Id';
export const turnHeader = 'x-outrigger-turn';

/** Method calls on actors, wherever they are placed. */
export class MethodCalls {
  readonly #turns: Turns;
  readonly #owners: OwnerCalls;
  readonly #recorder: Recorder;
  readonly #random: Random;

  constructor(parts: { turns: Turns; owners: OwnerCalls; recorder: Recorder; random: Random }) {
    this.#turns = parts.turns;
    this.#owners = parts.owners;
    this.#recorder = parts.recorder;
    this.#random = parts.random;
  }

  /**
   * The app's response: 200, or any response with the header of an actor's own error. Any other response is thrown as
   * `actorInvokeFailed`.
   */
  invoke(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply> {
    const chain = this.#chainOf(actor, request);
    return this.#owners.run(call, actor, {
      name: `${actor.type}/${actor.id}/${method}`,
      isInside: chain !== undefined && this.#turns.active(actor)?.queue.isHeldBy(chain) === true,
      runLocally: () => this.invokeLocally(call, actor, method, request, chain),
      remoteRequest: () => ownerRequest(actor, 'method', method, { verb: 'PUT', ...request }),
      parseReply: (reply) => reply,
    });
  }

  /**
   * Runs the turn on this host. Throws `actorNotHere` when the actor is placed elsewhere, `actorTurnEnded` when it
   * moved meanwhile.
   */
  async invokeLocally(
    call: Call,
    actor: ActorRef,
    method: string,
    request: ActorRequest,
    callerChain = this.#chainOf(actor, request),
  ): Promise<ActorReply> {
    const isReentrant = this.#turns.configOf(actor.type)?.maxStackDepth !== undefined;
    const chain = callerChain ?? (isReentrant ? this.#random.uuid() : undefined);
    return this.#turns.run(call, actor, { chain }, (turn, activation, app) => {
      const headers = [...request.headers, turnHeader, turn.id];
      if (chain !== undefined && callerChain === undefined) headers.push(reentrancyHeader, chain);
      const start: ActivityStart<'actor.turn'> = {
        kind: 'actor.turn',
        name: `${actor.type}/${actor.id}/${method}`,
        attributes: { actorType: actor.type, actorId: actor.id, method },
        input: request.body,
      };
      return this.#recorder.record(call, start, async (turnCall, scope) => {
        const reply = await callApp(activation, () =>
          app.method(activation.callInTurn(turnCall), actor, method, { ...request, headers }),
        );
        scope.output(reply.body);
        if (headerOf(reply.headers, actorErrorHeader) !== undefined) {
          scope.failed('ACTOR_ERROR', `the actor returned an error (${reply.status})`);
          return reply;
        }
        if (reply.status === 200) return reply;
        const text = Buffer.from(reply.body).toString('utf8');
        if (reply.status === 404) throw actorMethodMissing(`actors/${actor.type}/${actor.id}/method/${method}`, text);
        throw actorInvokeFailed(`error from actor service: (${reply.status}) ${text}`);
      });
    });
  }

  #chainOf(actor: ActorRef, request: ActorRequest): string | undefined {
    if (this.#turns.configOf(actor.type)?.maxStackDepth === undefined) return undefined;
    return headerOf(request.headers, reentrancyHeader);
  }
}

/** Errors of a turn whose actor has moved, or whose app stops with it. */
const leavingCodes = ['ERR_ACTOR_OWNERSHIP_LOST', 'ERR_APP_UNAVAILABLE', 'ERR_APP_BROKE'] as const;

/** Maps errors of the app channel to those of the actor API. */
async function callApp<T>(activation: Activation, send: () => Promise<T>): Promise<T> {
  const isNested = activation.queue.depth > 1;
  try {
    return await send();
  } catch (cause) {
    const ended = endOfTurn(activation, cause);
    // The enclosing turn is repeated as a whole, by its own caller.
    if (ended) throw isNested ? withCause(actorInvokeFailed(ended.message), cause) : ended;
    if (cause instanceof RuntimeError && cause.kind.code === 'ERR_ACTOR_INVOKE_METHOD') throw cause;
    throw withCause(actorInvokeFailed(textOf(cause)), cause);
  }
}

/** Set when a turn failed because its actor leaves the host. */
function endOfTurn({ signal, closing }: Activation, cause: unknown): Error | undefined {
  if (signal.aborted) return signal.reason as Error;
  if (!closing || !leavingCodes.some((code) => isCausedBy(cause, code))) return undefined;
  return withCause(actorTurnEnded(`by an error (${textOf(cause)})`), cause);
}
