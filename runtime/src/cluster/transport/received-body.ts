import { ProtocolError, initialWindow } from './frames.ts';

/** What an incoming body needs from its stream. */
export interface BodyEvents {
  /** The reader has consumed this many bytes: the sender may send as many more. */
  consumed(bytes: number): void;
  /** The reader has cancelled. */
  cancelled(): void;
}

/**
 * A body that arrives in chunks and is read once. It buffers at most one window: the sender gets credit only as the
 * reader consumes.
 */
export class StreamedBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #events: BodyEvents;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #unreportedBytes = 0;
  #end: { readonly error?: Error } | undefined;
  #waiting: { resolve(result: IteratorResult<Uint8Array, undefined>): void; reject(cause: Error): void } | undefined;

  constructor(events: BodyEvents) {
    this.#events = events;
  }

  /** Throws a ProtocolError when the sender exceeds its window. */
  push(chunk: Uint8Array): void {
    if (this.#end !== undefined || chunk.length === 0) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      this.#reportConsumed(chunk.length);
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#bufferedBytes += chunk.length;
    if (this.#bufferedBytes > initialWindow) throw new ProtocolError('a body overruns its window');
    this.#chunks.push(chunk);
  }

  end(): void {
    this.#finish({});
  }

  /** The reader gets the buffered chunks first, then the error. */
  fail(error: Error): void {
    this.#finish({ error });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bufferedBytes -= chunk.length;
      this.#reportConsumed(chunk.length);
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#chunks = [];
    this.#bufferedBytes = 0;
    if (this.#end === undefined) {
      this.#finish({});
      this.#events.cancelled();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  #finish(end: { readonly error?: Error }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (end.error) waiting?.reject(end.error);
    else waiting?.resolve({ done: true, value: undefined });
  }

  #reportConsumed(bytes: number): void {
    if (this.#end !== undefined) return;
    this.#unreportedBytes += bytes;
    if (this.#unreportedBytes < initialWindow / 2) return;
    this.#events.consumed(this.#unreportedBytes);
    this.#unreportedBytes = 0;
  }
}

/** A body of known length that arrives in chunks and is delivered at once. */
export class CollectedBody {
  readonly #events: Pick<BodyEvents, 'consumed'>;
  readonly #bytes: Buffer;
  #filled = 0;

  /** The caller has checked `length` against the limit; `first` came with the head and needs no credit. */
  constructor(length: number, first: Uint8Array, events: Pick<BodyEvents, 'consumed'>) {
    this.#events = events;
    this.#bytes = Buffer.allocUnsafeSlow(length);
    this.#add(first);
  }

  push(chunk: Uint8Array): void {
    this.#add(chunk);
    if (chunk.length > 0) this.#events.consumed(chunk.length);
  }

  bytes(): Uint8Array {
    if (this.#filled !== this.#bytes.length) throw new ProtocolError('a body is shorter than announced');
    return this.#bytes;
  }

  #add(chunk: Uint8Array): void {
    if (this.#filled + chunk.length > this.#bytes.length) throw new ProtocolError('a body is longer than announced');
    this.#bytes.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }
}
