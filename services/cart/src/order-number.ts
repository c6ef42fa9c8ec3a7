import type { Chance } from '@outrigger/sdk';

// Without 0 and O, 1, I and L: people read these aloud.
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** Such as `TW-7KQ2M9XA`. */
export function orderNumber(chance: Chance): string {
  const letters = Array.from({ length: 8 }, () => alphabet[Math.floor(chance.random() * alphabet.length)]);
  return `TW-${letters.join('')}`;
}
