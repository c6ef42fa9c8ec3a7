import type { Body, Headers, Reply } from './message.ts';
import { isBytes } from './message.ts';

/**
 * A gRPC call as a Message: this verb, the full name of the method as path, metadata as headers (values of `-bin` names
 * in base64), and a body of frames. A frame is one byte of kind, four of length and the payload; a response's last
 * frame holds the status. A body of bytes is a call whose messages are all known.
 */
export const rpcVerb = 'RPC';

/** The status of a gRPC call. `code` 0 is success. */
export interface RpcEnd {
  readonly code: number;
  readonly message: string;
  readonly trailers: Headers;
}

/** The status of a response that came from gRPC, so that gRPC callers get all of it. Always the first header. */
export const rpcEndHeader = 'x-outrigger-grpc-status';
/** The type URL of a body that is a protobuf message. */
export const anyTypeHeader = 'x-outrigger-any-type';

const headBytes = 5;
const messageKind = 0;
const endKind = 0x80;

export function rpcFrame(bytes: Uint8Array): Uint8Array {
  return frame(messageKind, bytes);
}

export function rpcEndFrame(end: RpcEnd): Uint8Array {
  return frame(endKind, Buffer.from(JSON.stringify(end)));
}

/** The messages of a body, and for a response its status. Throws a TypeError for invalid or truncated frames. */
export async function* rpcParts(body: Body): AsyncGenerator<Uint8Array | RpcEnd, void> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of isBytes(body) ? [body] : body) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let length = frameLength(rest); length !== undefined && rest.length >= length; length = frameLength(rest)) {
      const bytes = rest.subarray(headBytes, length);
      yield rest[0] === endKind ? endOf(bytes) : bytes;
      rest = rest.subarray(length);
    }
  }
  if (rest.length > 0) throw new TypeError('a gRPC message was cut short');
}

export function isRpcEnd(part: Uint8Array | RpcEnd): part is RpcEnd {
  return 'code' in part;
}

export function rpcEndAsHeader(end: RpcEnd): string {
  return Buffer.from(JSON.stringify(end)).toString('base64');
}

/** Undefined for a response that did not come from gRPC, or was a success. */
export function rpcEndOf({ headers }: Reply): RpcEnd | undefined {
  if (headers[0] !== rpcEndHeader) return undefined;
  return endOf(Buffer.from(headers[1] ?? '', 'base64'));
}

function frame(kind: number, bytes: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(headBytes + bytes.length);
  framed[0] = kind;
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, headBytes);
  return framed;
}

/** The frame's length including its head; undefined while the head is incomplete. */
function frameLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < headBytes) return undefined;
  if (bytes[0] !== messageKind && bytes[0] !== endKind) throw new TypeError('that is no gRPC message');
  return headBytes + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

function endOf(bytes: Uint8Array): RpcEnd {
  const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  if (typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'trailers' in value) {
    const { code, message, trailers } = value;
    if (typeof code === 'number' && typeof message === 'string' && Array.isArray(trailers))
      return { code, message, trailers: trailers.map(String) };
  }
  throw new TypeError('that is no gRPC status');
}
