import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { isBytes } from '#core/message.ts';
import type { PeerRequest, PeerTransport } from '../invoke/peers.ts';
import { actorNoAddress, hasCode } from './errors.ts';
import { partitionOf } from './partition.ts';
import { readOwnerReply } from './peer-wire.ts';
import type { Placement } from './placement.ts';
import type { ActorReply, ActorRef } from './ports.ts';

/** Pauses before the next look when the owner was not where it was thought to be: a move takes about a second, a crash as long as a lease. */
const pausesMs = [10, 40, 150, 300, 500, 1000, 1000, 1000, 1000, 1000, 1000] as const;

export interface OwnerCallOptions<T> {
  /** What it is, for the record of a call to another host. */
  readonly name: string;
  /** True when the caller is inside a turn of this very actor, which may go on while the actor is being drained. */
  readonly isInside?: boolean;
  /** Does it on this host. May throw `actorNotHere`. */
  readonly here: () => Promise<T>;
  /** The same as a request to another host. */
  readonly there: () => PeerRequest;
  readonly read: (reply: ActorReply) => T;
}

/** Does something where the actor lives, and follows the actor when it moves meanwhile. */
export class OwnerCalls {
  readonly #placement: Placement;
  readonly #peer: PeerTransport;
  readonly #recorder: Recorder;
  readonly #clock: Clock;

  constructor(parts: { placement: Placement; peer: PeerTransport; recorder: Recorder; clock: Clock }) {
    this.#placement = parts.placement;
    this.#peer = parts.peer;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
  }

  async run<T>(call: Call, actor: ActorRef, options: OwnerCallOptions<T>): Promise<T> {
    const partition = partitionOf(actor.id);
    for (let attempt = 0; ; attempt++) {
      try {
        const isInside = attempt === 0 && options.isInside === true;
        if (isInside || this.#placement.fence(actor.type, partition)) return await options.here();
        const owner = await this.#placement.find(call, actor.type, partition);
        return await (owner === 'here' ? options.here() : this.#ask(call, owner.address, actor, options));
      } catch (error) {
        if (!isMove(error) || call.signal.aborted) throw error;
        const pauseMs = pausesMs[attempt];
        if (pauseMs === undefined)
          throw withCause(actorNoAddress(`${attempt + 1} tries, the last: ${textOf(error)}`), error);
        await sleep(this.#clock, pauseMs, call.signal);
        await this.#placement.refresh(call);
      }
    }
  }

  #ask<T>(call: Call, address: string, actor: ActorRef, options: OwnerCallOptions<T>): Promise<T> {
    const attributes = { actorType: actor.type, actorId: actor.id, address };
    return this.#recorder.record(
      call,
      { kind: 'actor.call', name: options.name, attributes },
      async (asking, scope) => {
        const request = options.there();
        const { body } = request.message;
        if (isBytes(body)) scope.input(body);
        const reply = await readOwnerReply(await this.#peer.request(asking, address, request));
        scope.output(reply.body);
        return options.read(reply);
      },
    );
  }
}

/** The call reached nobody who ran it, or nobody at all: it may be made again elsewhere. */
function isMove(error: unknown): boolean {
  return hasCode(error, 'ERR_ACTOR_NOT_HERE') || hasCode(error, 'ERR_PEER_UNAVAILABLE');
}
