/**
 * The wire format between two sidecars. All numbers are big-endian.
 *
 * Each side begins with a preface of 8 bytes: `OTRG`, its protocol version, its authentication method
 * (`authentication.ts`), two zero bytes. Then the exchange of that method, if any. Then frames: payload length (4),
 * type (1), flags (1), stream id (4), payload.
 */
export const protocolVersion = 1;
export const prefaceBytes = 8;
export const frameHeaderBytes = 10;

export const frameType = {
  request: 1,
  response: 2,
  /** The handler threw; JSON of the error, instead of a response. */
  failure: 3,
  data: 4,
  /** The sender cancels the stream. Payload: a reason. */
  reset: 5,
  /** Payload: 4 bytes, how many more body bytes may be sent. */
  credit: 6,
  ping: 7,
  pong: 8,
  /** The sender accepts no new streams; running ones continue. */
  goAway: 9,
} as const;

/** On request, response and data: the sender has nothing more to send on this stream. */
export const endFlag = 1;

/** Body bytes that may be in flight before the receiver has to grant more. */
export const initialWindow = 256 * 1024;
/** A body up to this size is sent in the frame of its head; longer ones in chunks of this size. */
export const chunkBytes = 64 * 1024;
/** A longer frame is invalid and closes the connection. */
export const maxFrameBytes = 1024 * 1024;
/** Maximum size of the fields of a head (path, headers …), in UTF-8. */
export const maxHeadBytes = 512 * 1024;
export const unknownLength = 0xffffffff;

export const noStream = 0;

const magic = Buffer.from('OTRG', 'latin1');

export function preface(authenticationMethod = 0): Buffer {
  return Buffer.from([...magic, protocolVersion, authenticationMethod, 0, 0]);
}

/** Offset of the method in a preface. */
export const methodOffset = 5;

/** Undefined when the other side speaks the same protocol and version, else the problem. */
export function prefaceProblem(received: Buffer): string | undefined {
  if (received.compare(magic, 0, magic.length, 0, magic.length) !== 0) return 'it does not speak the sidecar protocol';
  const version = received[4] ?? 0;
  return version === protocolVersion
    ? undefined
    : `it speaks version ${version} of the sidecar protocol, this sidecar version ${protocolVersion}`;
}

/** The other side violated the protocol: the connection must be closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** The other side failed to authenticate. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
}

/** A frame inside its receive buffer; valid only while it is being handled. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Bytes of a frame that outlive its buffer. A small part of a large read is copied, so that it does not retain the
 * whole buffer.
 */
export function retain(buffer: Buffer, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length * 8 >= buffer.length) return buffer.subarray(start, end);
  const copy = Buffer.allocUnsafe(length);
  buffer.copy(copy, 0, start, end);
  return copy;
}

/** The reason in a reset, at most 1 kB of it. */
export function textIn({ buffer, start, end }: Frame): string {
  return buffer.toString('utf8', start, Math.min(end, start + 1024));
}
