import type { IncomingMessage } from 'node:http';
import { mappedBuffer, moveInto } from '#core/mapped-buffer.ts';
import { noBody } from '#core/message.ts';
import { bodyTruncated, bodyTooLarge } from './error-reply.ts';

/** Reads the whole body into one buffer. Rejects with `bodyTooLarge` and `bodyTruncated`. */
export function readFully(payload: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const target = allocateFor(payload, limit);
    const chunks: Buffer[] = [];
    let length = 0;
    payload.on('data', (chunk: Buffer) => {
      const from = length;
      length += chunk.length;
      if (target && length <= target.length) moveInto(target, chunk, from);
      // the rest is read and dropped, so that the caller gets the error instead of a broken connection
      if (length > limit) reject(bodyTooLarge(limit));
      else if (!target) chunks.push(chunk);
    });
    payload.once('end', () => {
      if (target) resolve(target);
      else if (length <= limit) resolve(chunks.length > 1 ? Buffer.concat(chunks, length) : (chunks[0] ?? noBody));
    });
    payload.once('error', () => reject(bodyTruncated(length)));
  });
}

/** Smaller bodies usually arrive in one chunk. */
const largeBodyBytes = 256 << 10;

/** A large body of known length needs no second copy to become one buffer. */
function allocateFor({ headers }: IncomingMessage, limit: number): Buffer | undefined {
  const contentLength = Number(headers['content-length'] ?? 0);
  return contentLength > largeBodyBytes && contentLength <= limit ? mappedBuffer(contentLength) : undefined;
}
