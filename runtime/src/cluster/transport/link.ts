import type { Socket } from 'node:net';
import type { Cancel, Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { PeerAuthentication, PeerRole } from './authentication.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { AuthenticationError, type Frame, ProtocolError, frameType, noStream, preface } from './frames.ts';

export interface LinkLimits {
  /** The other side's preface and its authentication must come within this time. */
  readonly handshakeTimeoutMs: number;
  /** After this long without a sign of life a ping is sent; after as long again the link is given up. */
  readonly pingAfterMs: number;
}

export const defaultLinkLimits: LinkLimits = { handshakeTimeoutMs: 5_000, pingAfterMs: 15_000 };

/** How long what was written last may take to leave, when the other side does not read. */
const lingerMs = 1_000;

/** What the other side did wrong: it broke the protocol, or it is not who it must be. */
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
  /** Once; nothing is called afterwards. */
  closed(reason: string, fault: LinkFault | undefined): void;
  /** Once every `silenceMs`. */
  tick?(): void;
}

/** One connection between two sidecars, the same for both ends: greeting, frames in and out, signs of life. */
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
    /** Who leaves in the middle of the authentication has most likely found this end's proof wrong. */
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
        // whatever the frames made us trip over, this connection cannot be trusted to be in step any more
        this.#end(textOf(cause), faultOf(cause));
      }
    });
    socket.on('error', (cause) => onPeerClosed(cause.message));
    socket.on('end', () => onPeerClosed('it closed the connection'));
    socket.on('close', () => onPeerClosed('the connection is closed'));
    this.#cancelTimer = this.#clock.after(limits.handshakeTimeoutMs, () => {
      const fault = exchange.neededBytes > 0 ? 'authentication' : undefined;
      this.#end(
        `no ${reader.isAuthenticating ? 'proof of the shared secret' : 'greeting'} within ${limits.handshakeTimeoutMs} ms`,
        fault,
      );
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The other side has greeted and is authenticated: frames may be sent. */
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
        this.#end(`no sign of life for ${2 * this.#limits.pingAfterMs} ms`, undefined);
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
    // a gentle end lets what was just written arrive; destroySoon closes our side once it is out
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
