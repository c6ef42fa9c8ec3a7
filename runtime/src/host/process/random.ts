import { randomFillSync, randomUUID } from 'node:crypto';
import type { Random } from '#core/random.ts';

/**
 * Each call into the system costs more than a microsecond, and every span needs one: so random bytes are read in bulk.
 */
const poolBytes = 4096;

/** The system's random source. */
export function systemRandom(): Random {
  const pool = Buffer.allocUnsafe(poolBytes);
  let used = poolBytes;
  const hex = (bytes: number): string => {
    if (used + bytes > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.toString('hex', used - bytes, used);
  };
  return { random: Math.random, uuid: () => randomUUID(), hex };
}
