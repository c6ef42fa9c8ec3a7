import type { IncomingMessage } from 'node:http';
import { type Body, noBody } from '#core/message.ts';
import { requestCutShort, requestTooLarge } from '#blocks/invoke/errors.ts';

/**
 * The body of a request that has not been read: bytes when its length is known, a stream otherwise. Rejects with
 * `requestTooLarge` (a stream does so while it is read) and `requestCutShort`.
 */
export function requestBody(request: IncomingMessage, maxBytes: number): Body | Promise<Body> {
  const contentLength = request.headers['content-length'];
  if (contentLength !== undefined) {
    const length = Number(contentLength);
    if (length === 0) return noBody;
    if (length > maxBytes) throw requestTooLarge(maxBytes);
    return bufferedBody(request, length);
  }
  const isStreamed = request.headers['transfer-encoding'] !== undefined || isOpenHttp2(request);
  return isStreamed ? streamedBody(request, maxBytes) : noBody;
}

function bufferedBody(request: IncomingMessage, length: number): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
    });
    request.on('end', () => {
      const [only] = chunks;
      if (received !== length) reject(requestCutShort());
      else resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, received));
    });
    const onClose = (): void => {
      // `close` follows every request; creating an error is expensive and useless when all data has arrived
      if (!request.complete) reject(requestCutShort());
    };
    request.on('close', onClose);
    request.on('error', onClose);
  });
}

async function* streamedBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array, void> {
  let received = 0;
  // leaving the loop early must not destroy the socket: the response is yet to be sent through it
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    received += (chunk as Buffer).length;
    if (received > maxBytes) throw requestTooLarge(maxBytes);
    yield chunk as Buffer;
  }
  if (!request.complete) throw requestCutShort();
}

/** HTTP/2 needs no length; a request without a body has ended when its headers are delivered. */
function isOpenHttp2(request: IncomingMessage): boolean {
  return request.httpVersionMajor === 2 && !request.readableEnded && !('stream' in request && hasEnded(request.stream));
}

function hasEnded(stream: unknown): boolean {
  return (
    typeof stream === 'object' && stream !== null && 'endAfterHeaders' in stream && stream.endAfterHeaders === true
  );
}
