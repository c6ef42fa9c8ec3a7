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
