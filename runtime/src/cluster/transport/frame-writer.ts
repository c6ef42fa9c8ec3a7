import type { Socket } from 'node:net';
import { frameHeaderBytes } from './frames.ts';

const slabBytes = 64 * 1024;
/** Longer chunks are passed to the socket without copying. */
const copyBytes = 16 * 1024;
/** Streams pause while the socket buffers more than this. */
const highWaterBytes = 1024 * 1024;

/**
 * Collects the frames that are written within one turn of the event loop, of any stream, and passes them to the socket
 * as one write.
 */
export class FrameWriter {
  readonly #socket: Socket;
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  /** The slab holds unsent bytes from `#from` to `#to`. */
  #from = 0;
  #to = 0;
  #ready: Uint8Array[] = [];
  #isScheduled = false;
  #isClosed = false;
  #drained: (() => void)[] = [];
  readonly #flush = (): void => this.flush();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('drain', () => this.#release());
  }

  /** Raw bytes, outside of any frame. */
  raw(bytes: Uint8Array): void {
    this.#put(bytes);
    this.#schedule();
  }

  frame(type: number, flags: number, stream: number, payload?: Uint8Array): void {
    const length = payload?.length ?? 0;
    const slab = this.#reserve(frameHeaderBytes);
    this.#header(slab, this.#to, length, type, flags, stream);
    this.#to += frameHeaderBytes;
    if (payload !== undefined && length > 0) this.#put(payload);
    this.#schedule();
  }

  /**
   * A frame that begins with fixed bytes and a text, and ends with a body. `fill` gets the slab, the offset of the
   * fixed part, and the length of the text in bytes.
   */
  headFrame(
    head: { readonly type: number; readonly flags: number; readonly stream: number },
    content: { readonly fixedBytes: number; readonly text: string; readonly body: Uint8Array },
    fill: (slab: Buffer, at: number, textBytes: number) => void,
  ): void {
    const { fixedBytes, text, body } = content;
    // a UTF-16 unit takes at most three bytes in UTF-8
    const slab = this.#reserve(frameHeaderBytes + fixedBytes + text.length * 3);
    const at = this.#to;
    const fixedAt = at + frameHeaderBytes;
    const textBytes = slab.write(text, fixedAt + fixedBytes, 'utf8');
    this.#header(slab, at, fixedBytes + textBytes + body.length, head.type, head.flags, head.stream);
    fill(slab, fixedAt, textBytes);
    this.#to = fixedAt + fixedBytes + textBytes;
    if (body.length > 0) this.#put(body);
    this.#schedule();
  }

  /** Undefined when the socket accepts more at once; else resolves when it does, or when it is closed. */
  room(): Promise<void> | undefined {
    if (this.#isClosed || this.#socket.writableLength < highWaterBytes) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    const socket = this.#socket;
    const last = this.#slab.subarray(this.#from, this.#to);
    if (this.#ready.length === 0) {
      if (last.length > 0) socket.write(last);
    } else {
      socket.cork();
      for (const chunk of this.#ready) socket.write(chunk);
      if (last.length > 0) socket.write(last);
      socket.uncork();
      this.#ready = [];
    }
    // an empty socket buffer means that the kernel has copied the slab: it can be reused from its beginning
    this.#from = this.#to = socket.writableLength === 0 ? 0 : this.#to;
  }

  close(): void {
    this.#isClosed = true;
    this.#ready = [];
    this.#release();
  }

  #release(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  #header(slab: Buffer, at: number, length: number, type: number, flags: number, stream: number): void {
    slab.writeUInt32BE(length, at);
    slab[at + 4] = type;
    slab[at + 5] = flags;
    slab.writeUInt32BE(stream, at + 6);
  }

  #reserve(bytes: number): Buffer {
    if (this.#slab.length - this.#to >= bytes) return this.#slab;
    this.#seal();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    this.#from = this.#to = 0;
    return this.#slab;
  }

  #seal(): void {
    if (this.#to > this.#from) this.#ready.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length > copyBytes) {
      this.#seal();
      this.#ready.push(bytes);
      return;
    }
    const slab = this.#reserve(bytes.length);
    slab.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }
}
