/** Larger allocations get their own mapping. */
const large = 256 << 10;

/**
 * A buffer whose memory is returned to the system once it is unreferenced. The memory of a large ordinary buffer
 * remains with the process permanently, between small allocations made later; a resizable one has its own mapping. The
 * bytes of a smaller one are not cleared.
 */
export function mappedBuffer(length: number): Buffer {
  if (length < large) return Buffer.allocUnsafe(length);
  return Buffer.from(new ArrayBuffer(length, { maxByteLength: length }), 0, length);
}

/** The text in UTF-8. */
export function mappedText(text: string): Buffer {
  // a character has at most three bytes per UTF-16 unit
  if (text.length * 3 < large) return Buffer.from(text);
  const bytes = mappedBuffer(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/**
 * Copies `part` to `from` and frees its memory immediately, if it is not shared; it is empty afterwards. Left to the
 * garbage collector, the chunks of a large body would fragment more memory than the body itself.
 */
export function moveInto(target: Buffer, part: Buffer, from: number): void {
  target.set(part, from);
  const { buffer } = part;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === part.length) buffer.transfer(0);
}

/** Node stores the text of more bytes outside the heap. */
const chunkBytes = 512 << 10;

/**
 * The text of UTF-8 bytes, with invalid ones replaced. Node puts a text of a megabyte into ordinary memory, which then
 * remains with the process like that of a large buffer; built from chunks it lies in a mapping that is returned.
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

/** The start of the character that contains the byte at `at`. */
function characterStart(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return bytes.length;
  for (let start = at; start > at - 4; start--) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  // no character has so many bytes: each of them is invalid
  return at;
}
