import { stateStatementRejected } from '#blocks/state/errors.ts';

/** A subject is one line of NATS's protocol, which ends at 4 kB. */
const maxKeyLength = 3500;

/**
 * A key's name in the bucket. Upstream writes `||` as a dot and allows only characters that a subject can contain; these stay
 * unchanged, so that both sidecars find each other's values. Any other byte is escaped as `=` and two hex digits, as is text
 * that already looks like an escape. Throws `stateStatementRejected` for a key that is too long.
 */
export function kvKeyOf(key: string): string {
  const dotted = key.replaceAll('||', '.');
  const escaped = isPlain.test(dotted)
    ? dotted
    : dotted.replace(/[^-/=.\w]+|=(?=[0-9A-F]{2})/gu, hex).replace(/^\.|\.$|(?<=\.)\./g, hex);
  if (escaped.length > maxKeyLength)
    throw stateStatementRejected(`a key of more than ${maxKeyLength} bytes does not fit into NATS`);
  return escaped;
}

/** No escape needed: names separated by single dots. */
const isPlain = /^[-/\w]+(\.[-/\w]+)*$/;

function hex(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) escaped += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return escaped;
}
