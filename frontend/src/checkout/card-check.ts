/** Card validation without a request. No card data is stored. */

export const digitsOf = (text: string): string => text.replace(/\D/g, '');

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
export const groupDigits = (text: string): string =>
  digitsOf(text)
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, '$1 ');

/** `12/28`; the slash is inserted while typing. */
export const formatExpiry = (text: string): string => {
  const digits = digitsOf(text).slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)}/${digits.slice(2)}` : digits;
};

export const checkNumber = (text: string): string | undefined => {
  const digits = digitsOf(text);
  if (digits === '') return 'Enter the number on the card.';
  if (digits.length < 12) return 'This number is too short for a card.';
  return passesLuhn(digits) ? undefined : 'A digit is wrong: this is not the number of a card.';
};

/** A card is valid until the last day of its month. */
export const checkExpiry = (text: string, now: Date): string | undefined => {
  const [, month = '', year = ''] = /^(\d{2})\/(\d{2})$/.exec(text.trim()) ?? [];
  if (month === '') return 'Enter the date on the card as MM/YY.';
  if (Number(month) < 1 || Number(month) > 12) return 'The month is between 01 and 12.';
  return 2000 + Number(year) < now.getFullYear() ||
    (2000 + Number(year) === now.getFullYear() && Number(month) < now.getMonth() + 1)
    ? 'This card has expired. Use another one.'
    : undefined;
};

export const checkCvc = (text: string): string | undefined =>
  /^\d{3,4}$/.test(text.trim()) ? undefined : 'Enter the 3 or 4 digits beside the signature.';
