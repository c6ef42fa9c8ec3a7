import type { Socket } from 'node:net';
import type { Cancel, Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { type Frame, ProtocolError, frameType, noStream, preface } from './frames.ts';

export interface LinkLimits {
  /** The other side's preface must come within this time. */
  readonly greetingMs: number;
  /** After this long without a sign of life a ping is sent; after as long again the link is given up. */
  readonly silenceMs: number;
}

export const defaultLinkLimits: LinkLimits = { greetingMs: 5_000, silenceMs: 15_000 };

export interface LinkEvents {
  greeted?(): void;
  frame(frame: Frame): void;
  /** Once; nothing is called afterwards. `isGarbage` when the other side broke the protocol. */
  closed(reason: string, isGarbage: boolean): void;
  /** Once every `silenceMs`. */
  beat?(): void;
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

  constructor(socket: Socket, world: { readonly clock: Clock; readonly limits: LinkLimits }, events: LinkEvents) {
    this.#socket = socket;
    this.#clock = world.clock;
    this.#limits = world.limits;
    this.#events = events;
    this.writer = new FrameWriter(socket);
    this.writer.raw(preface());
    const reader = new FrameReader({
      greeted: () => this.#greeted(),
      frame: (frame) => this.#frame(frame),
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      if (this.#isClosed) return;
      this.#bytesSeen += bytes.length;
      try {
        reader.push(bytes);
      } catch (cause) {
        // whatever the frames made us trip over, this connection cannot be trusted to be in step any more
        this.#end(textOf(cause), cause instanceof ProtocolError);
      }
    });
    socket.on('error', (cause) => this.#end(cause.message, false));
    socket.on('end', () => this.#end('it closed the connection', false));
    socket.on('close', () => this.#end('the connection is closed', false));
    this.#cancelTimer = this.#clock.after(this.#limits.greetingMs, () =>
      this.#end(`no greeting within ${this.#limits.greetingMs} ms`, false),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends what is written so far, then closes. */
  close(reason: string): void {
    this.writer.flush();
    this.#end(reason, false);
  }

  #greeted(): void {
    this.#cancelTimer?.();
    this.#beatLater();
    this.#events.greeted?.();
  }

  #beatLater(): void {
    const before = this.#bytesSeen;
    this.#cancelTimer = this.#clock.after(this.#limits.silenceMs, () => {
      if (this.#isClosed) return;
      if (this.#bytesSeen !== before) {
        this.#isPingOut = false;
      } else if (this.#isPingOut) {
        this.#end(`no sign of life for ${2 * this.#limits.silenceMs} ms`, false);
        return;
      } else {
        this.#isPingOut = true;
        this.writer.frame(frameType.ping, 0, noStream);
      }
      this.#beatLater();
      this.#events.beat?.();
    });
  }

  #frame(frame: Frame): void {
    if (this.#isClosed || frame.type === frameType.pong) return;
    if (frame.type === frameType.ping) this.writer.frame(frameType.pong, 0, noStream);
    else this.#events.frame(frame);
  }

  #end(reason: string, isGarbage: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.writer.close();
    // a gentle end lets what was just written arrive; destroySoon closes our side once it is out
    this.#socket.destroySoon();
    this.#events.closed(reason, isGarbage);
  }
}
