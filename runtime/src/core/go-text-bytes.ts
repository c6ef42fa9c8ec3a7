import { isUtf8 } from 'node:buffer';
import { textOfBytes } from './mapped-buffer.ts';

const replacement = '\ufffd';

/**
 * The text of a JSON document. As in Go, each byte that is not part of a UTF-8 character becomes one U+FFFD, where
 * JavaScript replaces a truncated character as a whole.
 */
export function goTextOf(bytes: Uint8Array): string {
  const text = textOfBytes(bytes);
  if (!text.includes(replacement) || isUtf8(bytes)) return text;
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length > 0) at += length;
    else {
      if (from < at) parts.push(textOfBytes(bytes.subarray(from, at)));
      parts.push(replacement);
      at += 1;
      from = at;
    }
  }
  parts.push(textOfBytes(bytes.subarray(from)));
  return parts.join('');
}

/** 0 when no character begins here. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
