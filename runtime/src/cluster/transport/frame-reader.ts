import { type Frame, ProtocolError, frameHeaderBytes, maxFrameBytes, prefaceBytes, prefaceProblem } from './frames.ts';

export interface FrameReaderEvents {
  /** The other side's preface has come and is as it should be. */
  greeted(): void;
  frame(frame: Frame): void;
}

/** Cuts what a socket delivers into frames. `push` throws a ProtocolError when it is garbage. */
export class FrameReader {
  readonly #events: FrameReaderEvents;
  #greeted = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that must be there before it is worth looking again. */
  #wanted = prefaceBytes;

  constructor(events: FrameReaderEvents) {
    this.#events = events;
  }

  push(received: Buffer): void {
    if (this.#heldBytes + received.length < this.#wanted) {
      this.#held.push(received);
      this.#heldBytes += received.length;
      return;
    }
    let buffer = received;
    if (this.#heldBytes > 0) {
      this.#held.push(received);
      buffer = Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    const at = this.#consume(buffer);
    if (at < buffer.length) {
      this.#held.push(at === 0 ? buffer : buffer.subarray(at));
      this.#heldBytes = buffer.length - at;
    }
  }

  /** Handles all whole frames; returns where the rest begins. */
  #consume(buffer: Buffer): number {
    let at = 0;
    if (!this.#greeted) {
      const problem = prefaceProblem(buffer);
      if (problem !== undefined) throw new ProtocolError(problem);
      this.#greeted = true;
      this.#events.greeted();
      at = prefaceBytes;
    }
    while (buffer.length - at >= frameHeaderBytes) {
      const length = buffer.readUInt32BE(at);
      if (length > maxFrameBytes) throw new ProtocolError(`a frame of ${length} bytes is too long`);
      const start = at + frameHeaderBytes;
      const end = start + length;
      if (end > buffer.length) {
        this.#wanted = frameHeaderBytes + length;
        return at;
      }
      this.#events.frame({
        type: buffer[at + 4] ?? 0,
        flags: buffer[at + 5] ?? 0,
        stream: buffer.readUInt32BE(at + 6),
        buffer,
        start,
        end,
      });
      at = end;
    }
    this.#wanted = frameHeaderBytes;
    return at;
  }
}
