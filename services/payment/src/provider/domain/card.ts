import type { CardSummary } from '@tidewater/contracts/events.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { CardDetails } from '@tidewater/contracts/storefront.ts';

export type CardBehaviour = keyof typeof testCards;

/** What may be stored of a card: never its number. */
export interface StoredCard extends CardSummary {
  readonly behaviour: CardBehaviour;
}

export interface CardError {
  readonly field: keyof CardDetails;
  readonly message: string;
}

export type CheckedCard =
  | { readonly card: StoredCard; readonly errors?: undefined }
  | { readonly card?: undefined; readonly errors: readonly CardError[] };

/** ASCII digits, with spaces or single dashes between groups of them. Other scripts' digits are none of a card's. */
const numberShape = /^[0-9]+(?:(?: +|-)[0-9]+)*$/;

/** A card's number without separators; empty when it is not written like one. */
export const digitsOf = (number: string): string => (numberShape.test(number) ? number.replaceAll(/[ -]/g, '') : '');

/** Checks what was typed; `now` decides whether the card has run out. Messages never repeat the input. */
export function checkCard({ number, expiry, cvc }: CardDetails, now: number): CheckedCard {
  const errors: CardError[] = [];
  const digits = digitsOf(number);
  if (!/^[0-9]{12,19}$/.test(digits) || !passesLuhn(digits))
    errors.push({ field: 'number', message: 'This is no card number. Check the digits.' });
  const expiryError = expiryProblem(expiry, now);
  if (expiryError !== undefined) errors.push({ field: 'expiry', message: expiryError });
  if (!/^[0-9]{3,4}$/.test(cvc)) errors.push({ field: 'cvc', message: 'The security code has three or four digits.' });
  if (errors.length > 0) return { errors };
  return { card: { brand: brandOf(digits), last4: digits.slice(-4), behaviour: behaviourOf(digits) } };
}

/** The check digit of ISO/IEC 7812. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

const expiryShape = 'Write month and year, such as 09/28.';

function expiryProblem(expiry: string, now: number): string | undefined {
  const match = /^([0-9]{2})\/([0-9]{2})$/.exec(expiry);
  const month = Number(match?.[1]);
  if (!match || month < 1 || month > 12) return expiryShape;
  // A card is good to the end of its month, wherever its owner lives.
  const endsAt = Date.UTC(2000 + Number(match[2]), month, 2);
  return endsAt <= now ? 'This card has expired.' : undefined;
}

function brandOf(digits: string): string {
  if (digits.startsWith('4')) return 'Visa';
  if (/^(5[1-5]|2[2-7])/.test(digits)) return 'Mastercard';
  if (/^3[47]/.test(digits)) return 'American Express';
  return 'Card';
}

function behaviourOf(digits: string): CardBehaviour {
  for (const [behaviour, number] of Object.entries(testCards)) {
    if (number === digits) return behaviour as CardBehaviour;
  }
  return 'approved';
}
