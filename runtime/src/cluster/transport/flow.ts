import type { Body } from '#core/message.ts';
import { isBytes, noBody } from '#core/message.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { BodyStart } from './heads.ts';
import { type Frame, ProtocolError, chunkBytes, endFlag, frameType, initialWindow, unknownLength } from './frames.ts';

/** The start of a body: short ones complete, long ones with their first chunk, streams empty. */
export function bodyStartOf(body: Body): BodyStart {
  if (!isBytes(body)) return { first: noBody, length: unknownLength, isComplete: false };
  if (body.length <= chunkBytes) return { first: body, length: body.length, isComplete: true };
  return { first: body.subarray(0, chunkBytes), length: body.length, isComplete: false };
}

/** The payload of a credit frame. */
export function creditOf(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  return payload;
}

/** Throws a ProtocolError when the payload is not a credit. */
export function readCredit({ buffer, start, end }: Frame): number {
  if (end - start !== 4) throw new ProtocolError('a credit has the wrong length');
  return buffer.readUInt32BE(start);
}

/** Sends the rest of one stream's body, never more than the receiver has granted. */
export class BodySender {
  readonly #writer: FrameWriter;
  readonly #stream: number;
  #credit = initialWindow;
  #wake: (() => void) | undefined;
  #isStopped = false;
  #source: AsyncIterator<Uint8Array> | undefined;

  constructor(writer: FrameWriter, stream: number) {
    this.#writer = writer;
    this.#stream = stream;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    this.#wake?.();
  }

  /** The stream has ended: unsent bytes are dropped, and the source is cancelled. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#wake?.();
    // a source that waits for its next chunk must be cancelled; its reaction is irrelevant
    this.#source?.return?.().then(undefined, () => undefined);
  }

  /** Resolves when everything is passed to the socket or the sender was stopped. Rejects when the source fails. */
  async send(body: Body): Promise<void> {
    if (isBytes(body)) {
      await this.#sendChunk(body.subarray(chunkBytes));
    } else {
      const source = body[Symbol.asyncIterator]();
      this.#source = source;
      for (;;) {
        const next = await source.next();
        if (this.#isStopped || next.done === true) break;
        await this.#sendChunk(next.value);
      }
      this.#source = undefined;
    }
    if (!this.#isStopped) this.#writer.frame(frameType.data, endFlag, this.#stream);
  }

  async #sendChunk(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      while (this.#credit <= 0 && !this.#isStopped) await this.#granted();
      const room = this.#writer.room();
      if (room) await room;
      if (this.#isStopped) return;
      const length = Math.min(chunkBytes, this.#credit, bytes.length - at);
      this.#writer.frame(frameType.data, 0, this.#stream, bytes.subarray(at, at + length));
      this.#credit -= length;
      at += length;
    }
  }

  #granted(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
