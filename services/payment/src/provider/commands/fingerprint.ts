import { createHmac } from 'node:crypto';
import type { CardDetails } from '@tidewater/contracts/storefront.ts';
import { digitsOf } from '../domain/card.ts';

/**
 * Equal for two requests with the same card, without storing the card. Keyed with a secret: a plain hash could be reversed by
 * trying all card numbers.
 */
export function cardFingerprint(secret: string, { number, expiry, cvc }: CardDetails): string {
  const details = JSON.stringify([digitsOf(number), expiry, cvc]);
  return createHmac('sha256', secret).update(details).digest('base64url');
}
