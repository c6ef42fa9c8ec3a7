import type { IncomingMessage } from 'node:http';
import { mappedBuffer, moveInto } from '#core/mapped-buffer.ts';
import { noBody } from '#core/message.ts';
import { bodyCutShort, bodyTooLarge } from './error-reply.ts';

/** The whole body as one buffer. Rejects with `bodyTooLarge` and `bodyCutShort`. */
export function readWhole(payload: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const whole = roomFor(payload, limit);
    const parts: Buffer[] = [];
    let length = 0;
    payload.on('data', (part: Buffer) => {
      const from = length;
      length += part.length;
      if (whole && length <= whole.length) moveInto(whole, part, from);
      // the rest is read and dropped, so that the caller gets to see the refusal instead of a broken connection
      if (length > limit) reject(bodyTooLarge(limit));
      else if (!whole) parts.push(part);
    });
    payload.once('end', () => {
      if (whole) resolve(whole);
      else if (length <= limit) resolve(parts.length > 1 ? Buffer.concat(parts, length) : (parts[0] ?? noBody));
    });
    payload.once('error', () => reject(bodyCutShort(length)));
  });
}

/** Smaller bodies come in one piece as a rule. */
const large = 256 << 10;

/** A large body that says how long it is needs no second copy to become one buffer. */
function roomFor({ headers }: IncomingMessage, limit: number): Buffer | undefined {
  const announced = Number(headers['content-length'] ?? 0);
  return announced > large && announced <= limit ? mappedBuffer(announced) : undefined;
}
