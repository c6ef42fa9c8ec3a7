import type { Body } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import { schemeName } from './envelope.ts';
import { cryptoFailed } from './errors.ts';

export interface ReadHeader {
  readonly manifest: string;
  readonly code: string;
  /** What follows the three lines. */
  readonly payload: AsyncIterable<Uint8Array>;
  /** For a caller that does not read the payload: cancels the source. */
  release(): Promise<void>;
}

/** No header is longer than one segment. */
const headerLimit = 64 << 10;
const newline = 0x0a;

/** Reads the three lines of the header and leaves the rest of the stream unread. Throws `cryptoFailed`. */
export async function readHeader(source: Body): Promise<ReadHeader> {
  const chunks = chunksOf(source);
  const release = async (): Promise<void> => void (await chunks.return());
  try {
    const { lines, after } = await threeLines(chunks);
    const [, manifest = '', code = ''] = lines;
    return { manifest, code, payload: rest(after, chunks), release };
  } catch (cause) {
    await release();
    throw cause;
  }
}

async function threeLines(chunks: AsyncIterator<Uint8Array, void>) {
  const lines: string[] = [];
  let buffered: Uint8Array = Buffer.alloc(0);
  let from = 0;
  while (lines.length < 3) {
    const end = buffered.indexOf(newline, from);
    if (end >= 0) {
      const line = Buffer.from(buffered.subarray(from, end)).toString('utf8');
      if (line === '') throw cryptoFailed('invalid header: invalid format');
      if (lines.length === 0 && line !== schemeName) throw cryptoFailed('invalid header: unsupported scheme');
      lines.push(line);
      from = end + 1;
      continue;
    }
    const next = buffered.length < headerLimit ? await chunks.next() : undefined;
    if (!next || next.done) throw cryptoFailed(`invalid header: ${missing[lines.length] ?? ''} not found`);
    buffered = Buffer.concat([buffered, next.value]);
  }
  return { lines, after: buffered.subarray(from) };
}

const missing = ['scheme name', 'manifest', 'message authentication code'];

async function* chunksOf(source: Body): AsyncGenerator<Uint8Array, void> {
  if (isBytes(source)) yield source;
  else yield* source;
}

async function* rest(buffered: Uint8Array, chunks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    if (buffered.length > 0) yield buffered;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    // a reader that stops early cancels the source, too
    await chunks.return();
  }
}
