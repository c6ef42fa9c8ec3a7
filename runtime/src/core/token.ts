import { timingSafeEqual } from 'node:crypto';

/** Compares without telling by its duration how much was right. */
export function presentsToken(header: string | string[] | undefined, token: string): boolean {
  if (typeof header !== 'string') return false;
  const given = Buffer.from(header);
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
