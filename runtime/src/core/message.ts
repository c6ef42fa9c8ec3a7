/** Header names and values in turn, `[name, value, name, value]`, as Node and undici take them without conversion. */
export type Headers = readonly string[];

/** Bytes of known length, or a stream of unknown length that is read once and never retried. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** A request in HTTP terms, on its way to an app or to another sidecar. */
export interface Message {
  /** Upper case, such as `GET`. */
  readonly verb: string;
  /** Begins with `/`; as the caller wrote it (still percent-encoded). */
  readonly path: string;
  /** Without `?`; empty when absent. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export const noBody: Uint8Array = new Uint8Array(0);

export function isBytes(body: Body): body is Uint8Array {
  return body instanceof Uint8Array;
}

/** The first value under `name` (any case), or undefined. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const lowerName = name.toLowerCase();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const candidate = headers[i];
    if (candidate !== undefined && candidate.length === lowerName.length && candidate.toLowerCase() === lowerName)
      return headers[i + 1];
  }
  return undefined;
}

/** Reads a body to its end. Throws when it exceeds `limit` bytes. */
export async function readBody(body: Body, limit = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  if (isBytes(body)) return body;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > limit) throw new RangeError(`body is longer than ${limit} bytes`);
    parts.push(part);
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

/** Reads a body to its end and returns at most its first `limit` bytes. */
export async function readStart(body: Body, limit: number): Promise<Uint8Array> {
  if (isBytes(body)) return body.subarray(0, limit);
  const parts: Uint8Array[] = [];
  let remaining = limit;
  for await (const part of body) {
    if (remaining > 0) parts.push(part.subarray(0, remaining));
    remaining -= part.length;
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
