import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { withCause } from '#core/errors.ts';
import { isBytes } from '#core/message.ts';
import type { PeerRequest, PeerTransport } from '../invoke/peers.ts';
import { actorRuntimeClosed, hasCode } from './errors.ts';
import { MoveRetries } from './move-retries.ts';
import { partitionOf } from './partition.ts';
import { readOwnerReply } from './peer-wire.ts';
import type { Placement } from './placement.ts';
import type { ActorReply, ActorRef } from './ports.ts';

/** While calls wait for other hosts, the placement is never older than this: a suspended host is detected that way. */
const freshMs = 1000;

export interface OwnerCallOptions<T> {
  /** Name of the activity for a call to another host. */
  readonly name: string;
  /** True when the caller is inside a turn of this very actor, which may continue while the actor is being drained. */
  readonly isInside?: boolean;
  /** Runs the operation on this host. May throw `actorNotHere` or `actorTurnEnded`. */
  readonly runLocally: () => Promise<T>;
  /** The operation as a request to another host. */
  readonly remoteRequest: () => PeerRequest;
  readonly parseReply: (reply: ActorReply) => T;
}

/**
 * Runs an operation on the host that owns the actor, and follows the actor when it moves meanwhile: what its host did
 * not do, did not complete or did not reply to is repeated at the new owner.
 */
export class OwnerCalls {
  readonly #placement: Placement;
  readonly #peer: PeerTransport;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  /** Creates a call of the sidecar, for reading the placement. */
  readonly #sidecarCall: () => Call;
  #waiting = 0;
  #isWatching = false;
  #isStopping = false;

  constructor(parts: {
    placement: Placement;
    peer: PeerTransport;
    recorder: Recorder;
    clock: Clock;
    sidecarCall: () => Call;
  }) {
    this.#sidecarCall = parts.sidecarCall;
    this.#placement = parts.placement;
    this.#peer = parts.peer;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
  }

  /** From now on a call that finds no host fails because this sidecar stops. */
  markStopping(): void {
    this.#isStopping = true;
  }

  async run<T>(call: Call, actor: ActorRef, options: OwnerCallOptions<T>): Promise<T> {
    const partition = partitionOf(actor.id);
    let retries: MoveRetries | undefined;
    for (let attempt = 0; ; attempt++) {
      try {
        const isInside = attempt === 0 && options.isInside === true;
        if (isInside || this.#placement.fence(actor.type, partition)) return await options.runLocally();
        const owner = await this.#placement.find(call, actor.type, partition);
        return await (owner === 'here' ? options.runLocally() : this.#sendToOwner(call, owner.address, actor, options));
      } catch (error) {
        if (call.signal.aborted) throw error;
        const isClosed = this.#isStopping && hasCode(error, 'ERR_ACTOR_NO_ADDRESS');
        retries ??= new MoveRetries(this.#clock);
        const pauseMs = retries.pauseAfter(isClosed ? withCause(actorRuntimeClosed(), error) : error);
        await sleep(this.#clock, pauseMs, call.signal);
        await this.#placement.refresh(call);
      }
    }
  }

  /** A suspended host does not reply, not even that it lost its lease. The placement table shows it. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#clock.after(freshMs, () => {
      this.#isWatching = false;
      if (this.#waiting === 0) return;
      this.#watch();
      this.#placement.refresh(this.#sidecarCall(), freshMs).catch(() => {});
    });
  }

  #sendToOwner<T>(call: Call, address: string, actor: ActorRef, options: OwnerCallOptions<T>): Promise<T> {
    const attributes: ActivityAttributes['actor.call'] = { actorType: actor.type, actorId: actor.id, address };
    return this.#recorder.record(
      call,
      { kind: 'actor.call', name: options.name, attributes },
      async (recordedCall, scope) => {
        const request = options.remoteRequest();
        const { body } = request.message;
        if (isBytes(body)) scope.input(body);
        this.#watch();
        this.#waiting += 1;
        try {
          const reply = await readOwnerReply(await this.#peer.request(recordedCall, address, request));
          scope.output(reply.body);
          return options.parseReply(reply);
        } finally {
          this.#waiting -= 1;
        }
      },
    );
  }
}
