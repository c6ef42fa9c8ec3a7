import { ProtocolError, initialWindow } from './frames.ts';

/** What a body in arrival needs of its stream. */
export interface BodyEvents {
  /** The reader has taken so many bytes: the sender may send as many more. */
  taken(bytes: number): void;
  /** The reader wants no more. */
  cancelled(): void;
}

/**
 * A body that arrives in pieces and is read once. It holds at most one window: the sender gets room for more only as
 * the reader takes what is there.
 */
export class StreamedBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #events: BodyEvents;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #untoldBytes = 0;
  #end: { readonly error?: Error } | undefined;
  #waiting: { resolve(result: IteratorResult<Uint8Array, undefined>): void; reject(cause: Error): void } | undefined;

  constructor(events: BodyEvents) {
    this.#events = events;
  }

  /** Throws a ProtocolError when the sender goes beyond its window. */
  push(piece: Uint8Array): void {
    if (this.#end !== undefined || piece.length === 0) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      this.#take(piece.length);
      waiting.resolve({ done: false, value: piece });
      return;
    }
    this.#heldBytes += piece.length;
    if (this.#heldBytes > initialWindow) throw new ProtocolError('a body overruns its window');
    this.#pieces.push(piece);
  }

  end(): void {
    this.#finish({});
  }

  /** The reader gets what has arrived before, then the error. */
  fail(error: Error): void {
    this.#finish({ error });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#heldBytes -= piece.length;
      this.#take(piece.length);
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#pieces = [];
    this.#heldBytes = 0;
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

  #take(bytes: number): void {
    if (this.#end !== undefined) return;
    this.#untoldBytes += bytes;
    if (this.#untoldBytes < initialWindow / 2) return;
    this.#events.taken(this.#untoldBytes);
    this.#untoldBytes = 0;
  }
}

/** A body of known length that arrives in pieces and is wanted as a whole. */
export class CollectedBody {
  readonly #events: Pick<BodyEvents, 'taken'>;
  readonly #whole: Buffer;
  #filled = 0;

  /** `length` was checked against the limit before; `first` came with the head and needs no credit. */
  constructor(length: number, first: Uint8Array, events: Pick<BodyEvents, 'taken'>) {
    this.#events = events;
    this.#whole = Buffer.allocUnsafeSlow(length);
    this.#add(first);
  }

  push(piece: Uint8Array): void {
    this.#add(piece);
    if (piece.length > 0) this.#events.taken(piece.length);
  }

  whole(): Uint8Array {
    if (this.#filled !== this.#whole.length) throw new ProtocolError('a body is shorter than announced');
    return this.#whole;
  }

  #add(piece: Uint8Array): void {
    if (this.#filled + piece.length > this.#whole.length) throw new ProtocolError('a body is longer than announced');
    this.#whole.set(piece, this.#filled);
    this.#filled += piece.length;
  }
}
