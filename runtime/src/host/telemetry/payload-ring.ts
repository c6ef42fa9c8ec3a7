/** The location of a payload: `start` counts every byte ever written. */
export interface PayloadLocation {
  readonly start: number;
  readonly length: number;
}

/**
 * Stores copies of the last payloads in one buffer of fixed size. Copying costs less than retaining callers' buffers:
 * nothing is allocated per payload, and no large network buffer stays alive because of a small part of it.
 */
export class PayloadRing {
  readonly #bytes: Buffer;
  #written = 0;

  constructor(capacity: number) {
    // zero-filled memory is only taken from the system as it is written to
    this.#bytes = Buffer.alloc(capacity);
  }

  /** Copies at most `limit` bytes and returns their start, to be read with their length. */
  write(payload: Uint8Array, limit: number): number {
    const length = Math.min(payload.length, limit);
    const capacity = this.#bytes.length;
    // a payload is never split across the end
    const room = capacity - (this.#written % capacity);
    if (room < length) this.#written += room;
    const start = this.#written;
    const at = start % capacity;
    if (length === payload.length) this.#bytes.set(payload, at);
    else this.#bytes.set(payload.subarray(0, length), at);
    this.#written += length;
    return start;
  }

  /** Undefined when newer payloads have overwritten it. The bytes are valid until the next write. */
  read({ start, length }: PayloadLocation): Uint8Array | undefined {
    if (this.#written - start > this.#bytes.length) return undefined;
    const at = start % this.#bytes.length;
    return this.#bytes.subarray(at, at + length);
  }
}
