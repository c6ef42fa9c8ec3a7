/** The response of `GetState`. */
export interface StateResponse {
  readonly data?: Uint8Array;
  readonly etag?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const dataTag = (1 << 3) | 2;
const etagTag = (2 << 3) | 2;
const maxHeadBytes = 2 * (1 + 5);

/**
 * Encodes a value and its etag in protobuf; undefined for one with metadata. This is the one message that is both
 * frequent and large: protobuf-es allocates two buffers outside the heap for each, and collecting those took a tenth of
 * a `GetState`.
 */
export function encodeStateResponse({ data, etag = '', metadata }: StateResponse): Buffer | undefined {
  for (const _ in metadata) return undefined;
  const dataLength = data?.length ?? 0;
  const etagLength = Buffer.byteLength(etag);
  const bytes = Buffer.allocUnsafe(maxHeadBytes + dataLength + etagLength);
  let at = 0;
  if (data && dataLength > 0) {
    at = writeHead(bytes, at, dataTag, dataLength);
    bytes.set(data, at);
    at += dataLength;
  }
  if (etagLength > 0) {
    at = writeHead(bytes, at, etagTag, etagLength);
    at += bytes.write(etag, at);
  }
  return bytes.subarray(0, at);
}

/** Writes the tag of a field and its length as a varint; returns the field's position. */
function writeHead(bytes: Buffer, at: number, tag: number, length: number): number {
  let next = at;
  bytes[next++] = tag;
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes[next++] = (rest & 127) | 128;
  bytes[next++] = rest;
  return next;
}
