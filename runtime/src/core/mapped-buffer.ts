/** From here on an allocation is worth a mapping of its own. */
const large = 256 << 10;

/**
 * Room for bytes that is given back to the system as soon as nobody holds it. What a large ordinary buffer leaves behind
 * stays with the process for good, between the small things that were allocated after it; a resizable one is mapped by
 * itself. The bytes of a smaller one are not cleared.
 */
export function mappedBuffer(length: number): Buffer {
  if (length < large) return Buffer.allocUnsafe(length);
  return Buffer.from(new ArrayBuffer(length, { maxByteLength: length }), 0, length);
}

/** The text in UTF-8. */
export function mappedText(text: string): Buffer {
  // a character has at most three bytes for each unit of its own
  if (text.length * 3 < large) return Buffer.from(text);
  const bytes = mappedBuffer(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/**
 * Copies `part` to `from` and frees its memory at once, if it has memory of its own; it is empty afterwards. Left to the
 * garbage collector, the parts of a large body would scatter over more memory than the body itself.
 */
export function moveInto(target: Buffer, part: Buffer, from: number): void {
  target.set(part, from);
  const { buffer } = part;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === part.length) buffer.transfer(0);
}

/** Node keeps the text of more bytes than that outside the heap. */
const chunkBytes = 512 << 10;

/**
 * The text of UTF-8 bytes, what is malformed replaced. Node puts a text of a megabyte into ordinary memory, which then stays
 * with the process like that of a large buffer; made from pieces it lies in a mapping that is given back.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length <= chunkBytes) return all.toString('utf8');
  let text = '';
  for (let from = 0; from < all.length;) {
    const to = characterStart(all, from + chunkBytes);
    text += all.toString('utf8', from, to);
    from = to;
  }
  return text;
}

/** Where the character begins that the byte at `at` is part of. */
function characterStart(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return bytes.length;
  for (let start = at; start > at - 4; start--) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  // no character has so many bytes: each of them is malformed by itself
  return at;
}
