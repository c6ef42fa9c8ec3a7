import type { Body } from '#core/message.ts';
import { isBytes } from '#core/message.ts';
import { schemeName } from './envelope.ts';
import { cryptoFailed } from './errors.ts';

export interface ReadHeader {
  readonly manifest: string;
  readonly code: string;
  /** What follows the three lines. */
  readonly payload: AsyncIterable<Uint8Array>;
  /** For one who will not read the payload: its source may wait to be told. */
  letGo(): Promise<void>;
}

/** No header is longer than one segment. */
const headerLimit = 64 << 10;
const newline = 0x0a;

/** Reads the three lines of the header and leaves the rest of the stream unread. Throws `cryptoFailed`. */
export async function readHeader(source: Body): Promise<ReadHeader> {
  const pieces = piecesOf(source);
  const letGo = async (): Promise<void> => void (await pieces.return());
  try {
    const { lines, after } = await threeLines(pieces);
    const [, manifest = '', code = ''] = lines;
    return { manifest, code, payload: rest(after, pieces), letGo };
  } catch (cause) {
    await letGo();
    throw cause;
  }
}

async function threeLines(pieces: AsyncIterator<Uint8Array, void>) {
  const lines: string[] = [];
  let held: Uint8Array = Buffer.alloc(0);
  let from = 0;
  while (lines.length < 3) {
    const end = held.indexOf(newline, from);
    if (end >= 0) {
      const line = Buffer.from(held.subarray(from, end)).toString('utf8');
      if (line === '') throw cryptoFailed('invalid header: invalid format');
      if (lines.length === 0 && line !== schemeName) throw cryptoFailed('invalid header: unsupported scheme');
      lines.push(line);
      from = end + 1;
      continue;
    }
    const next = held.length < headerLimit ? await pieces.next() : undefined;
    if (!next || next.done) throw cryptoFailed(`invalid header: ${missing[lines.length] ?? ''} not found`);
    held = Buffer.concat([held, next.value]);
  }
  return { lines, after: held.subarray(from) };
}

const missing = ['scheme name', 'manifest', 'message authentication code'];

async function* piecesOf(source: Body): AsyncGenerator<Uint8Array, void> {
  if (isBytes(source)) yield source;
  else yield* source;
}

async function* rest(held: Uint8Array, pieces: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    if (held.length > 0) yield held;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  } finally {
    // whoever stops here lets go of the source, too
    await pieces.return();
  }
}
