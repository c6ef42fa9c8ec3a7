import type { Socket } from 'node:net';
import type { Cancel, Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { PeerAuthentication, PeerRole } from './authentication.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { AuthenticationError, type Frame, ProtocolError, frameType, noStream, preface } from './frames.ts';

export interface LinkLimits {
  /** Limit for the other side's preface and authentication. */
  readonly handshakeTimeoutMs: number;
  /** After this time without any received bytes a ping is sent; after the same time again the link is closed. */
  readonly pingAfterMs: number;
}

export const defaultLinkLimits: LinkLimits = { handshakeTimeoutMs: 5_000, pingAfterMs: 15_000 };

/** How long the last written bytes may take to leave, when the other side does not read. */
const lingerMs = 1_000;

/** The error of the other side: it violated the protocol, or it is not authenticated. */
export type LinkFault = 'protocol' | 'authentication';

export interface LinkOptions {
  readonly clock: Clock;
  readonly limits: LinkLimits;
  readonly role: PeerRole;
  readonly authentication: PeerAuthentication;
}

export interface LinkEvents {
  handshakeCompleted?(): void;
  frame(frame: Frame): void;
  /** Called once; no event follows. */
  closed(reason: string, fault: LinkFault | undefined): void;
  /** Called once every `pingAfterMs`. */
  tick?(): void;
}

/** One connection between two sidecars, the same for both ends: handshake, frames in both directions, keep-alive. */
export class Link {
  readonly writer: FrameWriter;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: LinkLimits;
  readonly #events: LinkEvents;
  #cancelTimer: Cancel | undefined;
  #bytesSeen = 0;
  #isPingOut = false;
  #isClosed = false;
  #isOpen = false;

  constructor(socket: Socket, { clock, limits, role, authentication }: LinkOptions, events: LinkEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    this.writer = new FrameWriter(socket);
    const { method } = authentication;
    const exchange = authentication.begin(role);
    this.writer.raw(preface(method));
    if (exchange.opening.length > 0) this.writer.raw(exchange.opening);
    const reader = new FrameReader(
      {
        handshakeCompleted: () => this.#onHandshakeCompleted(),
        respond: (bytes) => this.writer.raw(bytes),
        frame: (frame) => this.#frame(frame),
      },
      { method, exchange },
    );
    /** A peer that disconnects during the authentication most likely rejected this end's proof. */
    const onPeerClosed = (reason: string): void => {
      if (!reader.isAuthenticating) return this.#end(reason, undefined);
      this.#end(`${reason} during authentication: both sides need the same OUTRIGGER_PEER_SECRET`, 'authentication');
    };
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      if (this.#isClosed) return;
      this.#bytesSeen += bytes.length;
      try {
        reader.push(bytes);
      } catch (cause) {
        // after any error while parsing frames this connection cannot be resynchronised
        this.#end(textOf(cause), faultOf(cause));
      }
    });
    socket.on('error', (cause) => onPeerClosed(cause.message));
    socket.on('end', () => onPeerClosed('it closed the connection'));
    socket.on('close', () => onPeerClosed('the connection is closed'));
    this.#cancelTimer = this.#clock.after(limits.handshakeTimeoutMs, () => {
      const fault = exchange.neededBytes > 0 ? 'authentication' : undefined;
      this.#end(
        `no ${reader.isAuthenticating ? 'proof of the shared secret' : 'preface'} within ${limits.handshakeTimeoutMs} ms`,
        fault,
      );
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The handshake is complete: frames may be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends what is written so far, then closes. */
  close(reason: string): void {
    this.writer.flush();
    this.#end(reason, undefined);
  }

  #onHandshakeCompleted(): void {
    this.#isOpen = true;
    this.#cancelTimer?.();
    this.#scheduleKeepAlive();
    this.#events.handshakeCompleted?.();
  }

  #scheduleKeepAlive(): void {
    const before = this.#bytesSeen;
    this.#cancelTimer = this.#clock.after(this.#limits.pingAfterMs, () => {
      if (this.#isClosed) return;
      if (this.#bytesSeen !== before) {
        this.#isPingOut = false;
      } else if (this.#isPingOut) {
        this.#end(`nothing received for ${2 * this.#limits.pingAfterMs} ms`, undefined);
        return;
      } else {
        this.#isPingOut = true;
        this.writer.frame(frameType.ping, 0, noStream);
      }
      this.#scheduleKeepAlive();
      this.#events.tick?.();
    });
  }

  #frame(frame: Frame): void {
    if (this.#isClosed || frame.type === frameType.pong) return;
    if (frame.type === frameType.ping) this.writer.frame(frameType.pong, 0, noStream);
    else this.#events.frame(frame);
  }

  #end(reason: string, fault: LinkFault | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.writer.close();
    // a graceful close delivers the last bytes; destroySoon closes this side once they are out
    this.#socket.destroySoon();
    if (!this.#socket.destroyed) {
      const cancel = this.#clock.after(lingerMs, () => this.#socket.destroy());
      this.#socket.once('close', cancel);
    }
    this.#events.closed(reason, fault);
  }
}

function faultOf(cause: unknown): LinkFault | undefined {
  if (cause instanceof AuthenticationError) return 'authentication';
  return cause instanceof ProtocolError ? 'protocol' : undefined;
}
