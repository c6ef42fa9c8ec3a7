/** Whether the bytes are a sequence of protobuf fields and nothing else. No bytes are a message without fields. */
export function isProtobuf(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    const tag = varintAt(bytes, at);
    if (tag === undefined || tag.value >>> 3 === 0) return false;
    const end = fieldEnd(bytes, tag.end, tag.value & 7);
    if (end === undefined || end > bytes.length) return false;
    at = end;
  }
  return true;
}

/** Groups are not supported: current encoders do not write them. */
function fieldEnd(bytes: Uint8Array, at: number, wireType: number): number | undefined {
  switch (wireType) {
    case 0:
      return varintAt(bytes, at)?.end;
    case 1:
      return at + 8;
    case 2: {
      const length = varintAt(bytes, at);
      return length && length.end + length.value;
    }
    case 5:
      return at + 4;
    default:
      return undefined;
  }
}

/** The low 32 bits of a varint. Undefined when it is truncated. */
function varintAt(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = from; at < from + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (at - from < 5) value |= (byte & 0x7f) << (7 * (at - from));
    if (byte < 0x80) return { value: value >>> 0, end: at + 1 };
  }
  return undefined;
}
