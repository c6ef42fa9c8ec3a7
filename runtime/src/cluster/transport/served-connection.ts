import type { Socket } from 'node:net';
import type { Clock } from '#core/clock.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import type { PeerAuthentication } from './authentication.ts';
import { type Frame, ProtocolError, frameType, noStream } from './frames.ts';
import { Link, type LinkFault, type LinkLimits } from './link.ts';
import { writeError } from './remote-error.ts';
import { ServerStream } from './server-stream.ts';

export interface ServedConnectionOptions {
  /** The remote address, for messages. */
  readonly from: string;
  /** The local address, for messages. */
  readonly self: string;
  readonly handler: PeerHandler;
  readonly clock: Clock;
  readonly limits: LinkLimits;
  readonly authentication: PeerAuthentication;
  readonly maxBodyBytes: number;
  readonly maxStreams: number;
  /** The last running call has ended. */
  idle(): void;
  closed(connection: ServedConnection): void;
  /** It was closed because of an error of the other side. */
  rejected(fault: LinkFault, reason: string): void;
}

/** The called end of one connection. */
export class ServedConnection {
  readonly #options: ServedConnectionOptions;
  readonly #link: Link;
  readonly #streams = new Map<number, ServerStream>();
  readonly #over = (id: number): void => this.#forget(id);
  #lastId = 0;
  #isGoingAway = false;

  constructor(socket: Socket, options: ServedConnectionOptions) {
    this.#options = options;
    this.#link = new Link(
      socket,
      { ...options, role: 'server' },
      {
        frame: (frame) => this.#frame(frame),
        closed: (reason, fault) => this.#closed(reason, fault),
      },
    );
  }

  /** Number of running calls. */
  get streams(): number {
    return this.#streams.size;
  }

  goAway(): void {
    this.#isGoingAway = true;
    // an unauthenticated connection has no running calls, and gets no frames
    if (!this.#link.isOpen) return this.#link.close('this sidecar is stopping');
    this.#link.writer.frame(frameType.goAway, 0, noStream);
  }

  close(reason: string): void {
    this.#link.close(reason);
  }

  #frame(frame: Frame): void {
    if (frame.type === frameType.request) this.#request(frame);
    // an unknown stream has ended while the frame was in flight
    else this.#streams.get(frame.stream)?.handle(frame);
  }

  #request(frame: Frame): void {
    const id = frame.stream;
    if (id <= this.#lastId) throw new ProtocolError(`stream ${id} was used before`);
    this.#lastId = id;
    const { from, self, handler, maxBodyBytes, maxStreams } = this.#options;
    const { writer } = this.#link;
    if (this.#isGoingAway || this.#streams.size >= maxStreams) {
      const reason = this.#isGoingAway ? 'it is stopping' : `it has ${maxStreams} calls under way`;
      writer.frame(frameType.failure, 0, id, writeError(peerUnavailable(self, reason)));
      return;
    }
    const stream = new ServerStream({ id, writer, handler, maxBodyBytes, from, over: this.#over });
    this.#streams.set(id, stream);
    stream.start(frame);
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    if (this.#streams.size === 0) this.#options.idle();
  }

  #closed(reason: string, fault: LinkFault | undefined): void {
    if (fault) this.#options.rejected(fault, reason);
    for (const stream of this.#streams.values()) stream.lost(reason);
    this.#options.closed(this);
  }
}
