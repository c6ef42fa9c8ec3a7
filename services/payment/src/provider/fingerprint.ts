import { createHmac } from 'node:crypto';
import type { CardDetails } from '@tidewater/contracts/storefront.ts';
import { digitsOf } from './card.ts';

/**
 * Tells whether two requests name the same card without storing the card. Without the secret nothing can be tried against
 * it: there are few enough card numbers to try them all against a plain hash.
 */
export function cardFingerprint(secret: string, { number, expiry, cvc }: CardDetails): string {
  const details = JSON.stringify([digitsOf(number), expiry, cvc]);
  return createHmac('sha256', secret).update(details).digest('base64url');
}
