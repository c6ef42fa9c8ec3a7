import { type Socket, connect } from 'node:net';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import type { Reply } from '#core/message.ts';
import type { PeerPurpose, PeerRequest } from '#blocks/invoke/peers.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import type { PeerAuthentication } from './authentication.ts';
import { ClientStream } from './client-stream.ts';
import { type Frame, frameType } from './frames.ts';
import { Link, type LinkLimits } from './link.ts';

export interface PeerConnectionOptions {
  readonly address: string;
  readonly clock: Clock;
  readonly limits: LinkLimits;
  readonly authentication: PeerAuthentication;
  readonly maxBodyBytes: number;
  readonly idleMs: number;
  /** No new calls may use the connection: it is closed, or will be soon. */
  retired(connection: PeerConnection): void;
  /** One of the two ends rejects the other. */
  unauthenticated(reason: string): void;
}

/** The calling end of one connection, shared by all calls to that address. */
export class PeerConnection {
  readonly #options: PeerConnectionOptions;
  readonly #link: Link;
  readonly #streams = new Map<number, ClientStream>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #over = (id: number): void => this.#forget(id);
  #lastId = 0;
  #isRetired = false;
  #lastUsed: number;

  constructor(options: PeerConnectionOptions) {
    this.#options = options;
    this.#lastUsed = options.clock.monotonic();
    this.#link = new Link(
      socketTo(options.address),
      { ...options, role: 'client' },
      {
        handshakeCompleted: () => this.#ready.resolve(),
        frame: (frame) => this.#frame(frame),
        closed: (reason, fault) => {
          if (fault === 'authentication') options.unauthenticated(reason);
          this.#closed(reason);
        },
        tick: () => this.#closeWhenIdle(),
      },
    );
  }

  /** Resolves when the handshake is complete; rejects with `peerUnavailable`. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get address(): string {
    return this.#options.address;
  }

  request(call: Call, request: PeerRequest): Promise<Reply> {
    if (this.#isRetired) return Promise.reject(peerUnavailable(this.#options.address, 'the connection is closing'));
    const id = ++this.#lastId;
    const { address, maxBodyBytes } = this.#options;
    const context = { id, writer: this.#link.writer, address, maxBodyBytes, over: this.#over };
    const stream = new ClientStream(context, call, request.purpose);
    this.#streams.set(id, stream);
    stream.start(call, request);
    // ids are never reused, so a connection ends long before they run out
    if (id >= 0x7fffffff) this.#retire();
    return stream.reply;
  }

  /** Ends the calls of this purpose; the connection stays open. */
  abandon(purpose: PeerPurpose, reason: string): void {
    for (const stream of this.#streams.values()) if (stream.purpose === purpose) stream.abandon(reason);
  }

  close(reason: string): void {
    this.#link.close(reason);
  }

  #frame(frame: Frame): void {
    if (frame.type === frameType.goAway) this.#retire();
    // an unknown stream was cancelled here while the frame was in flight
    else this.#streams.get(frame.stream)?.handle(frame);
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    this.#lastUsed = this.#options.clock.monotonic();
    if (this.#isRetired && this.#streams.size === 0) this.#link.close('it is no longer needed');
  }

  #retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#options.retired(this);
    if (this.#streams.size === 0) this.#link.close('the other side is stopping');
  }

  #closeWhenIdle(): void {
    const idleMs = this.#options.clock.monotonic() - this.#lastUsed;
    if (this.#streams.size === 0 && idleMs >= this.#options.idleMs) this.#link.close('it was idle');
  }

  #closed(reason: string): void {
    if (!this.#isRetired) {
      this.#isRetired = true;
      this.#options.retired(this);
    }
    this.#ready.reject(peerUnavailable(this.#options.address, reason));
    for (const stream of this.#streams.values()) stream.lost(reason);
  }
}

/** `host:port`, where an IPv6 host is in brackets. */
function socketTo(address: string): Socket {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return connect({ host, port: Number(address.slice(at + 1)) });
}
