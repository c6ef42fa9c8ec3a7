import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Body } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import type { DataCipher, PayloadKey } from './envelope.ts';
import { messageTooLong, segmentInvalid } from './errors.ts';

const segmentBytes = 64 << 10;
const tagBytes = 16;
const lastSegment = 0xffff_ffff;

type AeadName = 'aes-256-gcm' | 'chacha20-poly1305';

const aeadOf: Readonly<Record<DataCipher, AeadName>> = {
  'aes-gcm': 'aes-256-gcm',
  'chacha20-poly1305': 'chacha20-poly1305',
};

/** Encrypts a message segment by segment; at most one segment is buffered. An empty message has none. */
export async function* sealed(plain: Body, key: PayloadKey): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes, index, isLast } of segmentsOf(plain, segmentBytes)) {
    // cast, since Node's types accept the two kinds of cipher only separately
    const nonce = nonceOf(key, index, isLast);
    const cipher = createCipheriv(aeadOf[key.cipher] as 'aes-256-gcm', key.key, nonce, { authTagLength: tagBytes });
    const body = cipher.update(bytes);
    cipher.final();
    yield Buffer.concat([body, cipher.getAuthTag()]);
  }
}

/** Nothing is returned before its segment was authenticated. Throws `segmentInvalid`. */
export async function* opened(secret: Body, key: PayloadKey): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes, index, isLast } of segmentsOf(secret, segmentBytes + tagBytes)) {
    if (bytes.length < tagBytes) throw segmentInvalid(index);
    const nonce = nonceOf(key, index, isLast);
    const cipher = createDecipheriv(aeadOf[key.cipher] as 'aes-256-gcm', key.key, nonce, { authTagLength: tagBytes });
    cipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    const plain = cipher.update(bytes.subarray(0, bytes.length - tagBytes));
    try {
      cipher.final();
    } catch {
      throw segmentInvalid(index);
    }
    yield plain;
  }
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly index: number;
  readonly isLast: boolean;
}

/**
 * Cuts a stream into segments of one size. A full segment is emitted only when more follows, since the last one is
 * marked.
 */
async function* segmentsOf(source: Body, size: number): AsyncGenerator<Segment, void> {
  let chunks: Uint8Array[] = [];
  let bufferedBytes = 0;
  let index = 0;
  for await (const chunk of isBytes(source) ? [source] : source) {
    chunks.push(chunk);
    bufferedBytes += chunk.length;
    if (bufferedBytes <= size) continue;
    const combined = joined(chunks, bufferedBytes);
    let at = 0;
    for (; bufferedBytes - at > size; at += size) {
      if (index === lastSegment) throw messageTooLong();
      yield { bytes: combined.subarray(at, at + size), index: index++, isLast: false };
    }
    chunks = [combined.subarray(at)];
    bufferedBytes -= at;
  }
  if (bufferedBytes > 0) yield { bytes: joined(chunks, bufferedBytes), index, isLast: true };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks, length);
}

/** Seven random bytes, the segment's number, and whether it is the last one. */
function nonceOf({ noncePrefix }: PayloadKey, index: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.set(noncePrefix);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
