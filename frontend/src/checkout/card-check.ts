import { checkout } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

// Card validation without a request. No card data is stored.

const text = messagesOf(checkout);

export const digitsOf = (input: string): string => input.replace(/\D/g, '');

/** The check digit of ISO/IEC 7812: detects each mistyped digit and most transpositions of adjacent digits. */
export const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
};

/** `4242 4242 4242 4242`, as printed on the card. */
export const groupDigits = (input: string): string =>
  digitsOf(input)
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, '$1 ');

/** `12/28`; the slash is inserted while typing. */
export const formatExpiry = (input: string): string => {
  const digits = digitsOf(input).slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)}/${digits.slice(2)}` : digits;
};

export const cardNumberProblem = (input: string): string | undefined => {
  const digits = digitsOf(input);
  if (digits === '') return text('card.number.missing');
  if (digits.length < 12) return text('card.number.short');
  return passesLuhn(digits) ? undefined : text('card.number.wrong');
};

/** A card is valid until the last day of its month. */
export const cardExpiryProblem = (input: string, now: Date): string | undefined => {
  const [, month = '', year = ''] = /^(\d{2})\/(\d{2})$/.exec(input.trim()) ?? [];
  if (month === '') return text('card.expiry.missing');
  if (Number(month) < 1 || Number(month) > 12) return text('card.expiry.month');
  return 2000 + Number(year) < now.getFullYear() ||
    (2000 + Number(year) === now.getFullYear() && Number(month) < now.getMonth() + 1)
    ? text('card.expiry.past')
    : undefined;
};

export const cvcProblem = (input: string): string | undefined =>
  /^\d{3,4}$/.test(input.trim()) ? undefined : text('card.cvc');
