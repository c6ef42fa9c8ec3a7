import { timingSafeEqual } from 'node:crypto';

/** Compares without telling by its duration how much was right. */
export function tokenMatches(header: string | string[] | undefined, token: string): boolean {
  if (typeof header !== 'string') return false;
  const presented = Buffer.from(header);
  const expected = Buffer.from(token);
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
