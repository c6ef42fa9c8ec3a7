/**
 * Arrays in Postgres's binary format, as one parameter. `pg` sends a Buffer unchanged, which avoids the escaping, hex digits
 * and parsing of text arrays.
 */
const oid = { bytea: 17, int4: 23, text: 25, float8: 701, uuid: 2950 } as const;
const headerBytes = 20;

export function textArray(items: readonly (string | undefined)[]): Buffer {
  let size = headerBytes;
  for (const item of items) size += 4 + (item === undefined ? 0 : Buffer.byteLength(item));
  const { array, put } = open(oid.text, items.length, size);
  for (const item of items) {
    if (item === undefined) put(-1);
    else array.write(item, put(Buffer.byteLength(item)));
  }
  return array;
}

export function byteaArray(items: readonly Uint8Array[]): Buffer {
  let size = headerBytes;
  for (const item of items) size += 4 + item.length;
  const { array, put } = open(oid.bytea, items.length, size);
  for (const item of items) array.set(item, put(item.length));
  return array;
}

export function floatArray(items: readonly (number | undefined)[]): Buffer {
  const present = items.reduce<number>((count, item) => (item === undefined ? count : count + 1), 0);
  const { array, put } = open(oid.float8, items.length, headerBytes + 4 * items.length + 8 * present);
  for (const item of items) {
    if (item === undefined) put(-1);
    else array.writeDoubleBE(item, put(8));
  }
  return array;
}

export function intArray(items: readonly number[]): Buffer {
  const { array, put } = open(oid.int4, items.length, headerBytes + 8 * items.length);
  for (const item of items) array.writeInt32BE(item, put(4));
  return array;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}

/** Each item must pass `isUuid`. */
export function uuidArray(items: readonly string[]): Buffer {
  const { array, put } = open(oid.uuid, items.length, headerBytes + 20 * items.length);
  for (const item of items) array.write(item.replaceAll('-', ''), put(16), 'hex');
  return array;
}

/** `put(length)` writes an item's length and returns the offset of its bytes; -1 means null. */
function open(elementOid: number, count: number, size: number): { array: Buffer; put: (length: number) => number } {
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(1, 4);
  array.writeInt32BE(elementOid, 8);
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  let at = headerBytes;
  const put = (length: number): number => {
    array.writeInt32BE(length, at);
    const start = at + 4;
    at = start + Math.max(0, length);
    return start;
  };
  return { array, put };
}
