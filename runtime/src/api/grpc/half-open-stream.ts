import { constants } from 'node:http2';
import type { EventEmitter } from 'node:events';
import type { Clock } from '#core/clock.ts';

interface Http2Stream extends EventEmitter {
  readonly closed: boolean;
  close(code: number): void;
}

/** Time for the status to be sent, since closing the stream discards pending data, and for the client to close. */
const lingerMs = 250;

/**
 * Call it when the status is sent: ends the half of a stream that its client leaves open, as the reference's servers
 * do. Otherwise the stream, and with it the connection, would stay open indefinitely. grpc-js does not expose the
 * HTTP/2 stream of a call, so it is read from a private field; a test guards that.
 */
export function endAfterStatus(raw: object, clock: Clock): void {
  const stream = http2StreamOf(raw);
  if (!stream || stream.closed) return;
  // a client may take long to read what precedes the status
  stream.once('finish', () => {
    const cancel = clock.after(lingerMs, () => {
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.once('close', cancel);
  });
}

function http2StreamOf(raw: object): Http2Stream | undefined {
  const call: unknown = Reflect.get(raw, 'call');
  const stream: unknown = typeof call === 'object' && call !== null ? Reflect.get(call, 'stream') : undefined;
  return isHttp2Stream(stream) ? stream : undefined;
}

function isHttp2Stream(value: unknown): value is Http2Stream {
  return typeof value === 'object' && value !== null && 'closed' in value && 'close' in value && 'once' in value;
}
