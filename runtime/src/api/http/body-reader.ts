import type { IncomingMessage } from 'node:http';
import { noBody } from '#core/message.ts';
import { bodyCutShort, bodyTooLarge } from './error-reply.ts';

/** The whole body as one buffer. Rejects with `bodyTooLarge` and `bodyCutShort`. */
export function readWhole(payload: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    payload.on('data', (part: Buffer) => {
      length += part.length;
      // the rest is read and dropped, so that the caller gets to see the refusal instead of a broken connection
      if (length > limit) reject(bodyTooLarge(limit));
      else parts.push(part);
    });
    payload.once('end', () => {
      if (length <= limit) resolve(parts.length > 1 ? Buffer.concat(parts, length) : (parts[0] ?? noBody));
    });
    payload.once('error', () => reject(bodyCutShort(length)));
  });
}
