import type { Random } from '@outrigger/sdk';

// Without 0 and O, 1, I and L, which people confuse.
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const length = 10;
/** The bytes below this are a multiple of the alphabet's length; the rest is drawn again, so that each character is equally likely. */
const fairBytes = 256 - (256 % alphabet.length);

/** Such as `TW-7KQ2M9XAB4`: about 8 · 10^14 numbers, too many to guess. */
export function orderNumber(random: Random): string {
  const character = (): string => {
    for (;;) {
      const byte = Math.floor(random.random() * 256);
      if (byte < fairBytes) return alphabet.charAt(byte % alphabet.length);
    }
  };
  return `TW-${Array.from({ length }, character).join('')}`;
}
