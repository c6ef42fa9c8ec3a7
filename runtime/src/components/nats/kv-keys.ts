import { stateStatementRejected } from '#blocks/state/errors.ts';

/** A subject is one line of NATS's protocol, which ends at 4 kB. */
const maxKeyLength = 3500;

/**
 * A key as the bucket has it. Upstream writes `||` as a dot and takes only characters that a subject may hold; those stay
 * as they are here, so that both sidecars find each other's values. Any other byte becomes `=` and two hex digits, and so
 * does what would look like that already. Throws `stateRefused` for a key that is too long.
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

/** Nothing to escape: names with single dots between them. */
const isPlain = /^[-/\w]+(\.[-/\w]+)*$/;

function hex(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) escaped += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return escaped;
}
