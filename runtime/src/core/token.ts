import { timingSafeEqual } from 'node:crypto';

/** Compares in constant time. */
export function tokenMatches(header: string | string[] | undefined, token: string): boolean {
  if (typeof header !== 'string') return false;
  const presented = Buffer.from(header);
  const expected = Buffer.from(token);
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
