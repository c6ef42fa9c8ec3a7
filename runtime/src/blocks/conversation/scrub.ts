/**
 * Patterns of personal data, in the order in which they are applied. Every repetition is bounded, so that no text takes
 * long.
 */
const kinds: readonly {
  readonly label: string;
  readonly pattern: RegExp;
  readonly isMatch?: (match: string) => boolean;
}[] = [
  { label: 'EMAIL_ADDRESS', pattern: /[^\s@<>()[\],;:"]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/gi },
  { label: 'MAC_ADDRESS', pattern: /\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi },
  { label: 'IP', pattern: /(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)/g },
  { label: 'IP', pattern: /(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, isMatch: isIpv6 },
  { label: 'IBAN', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g },
  { label: 'ISBN', pattern: /(?<![+\w-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]\b/g, isMatch: isIsbn },
  { label: 'CREDIT_CARD', pattern: /\b\d(?:[ -]?\d){12,18}\b/g },
  { label: 'US_SSN', pattern: /\b\d{3}-\d{2}-\d{4}\b/g },
  { label: 'PO_BOX', pattern: /\bP\.? ?O\.? Box \d{1,10}/gi },
  {
    label: 'STREET_ADDRESS',
    pattern:
      /\b\d{1,5} (?:[\w.'-]{1,20} ){1,4}(?:street|st|avenue|ave|road|rd|highway|hwy|square|sq|drive|dr|court|ct|lane|ln|parkway|pkwy|circle|boulevard|blvd)\b\.?,?/gi,
  },
  { label: 'ZIP_CODE', pattern: /(?<![\w+.-])\d{5}(?:-\d{4})?(?![\w-])/g },
  { label: 'PHONE_NUMBER', pattern: /(?<!\w)\+?\(?\d(?:[ ().-]{0,2}\d){6,14}(?!\w)/g },
];

/** Replaces personal data with a label in angle brackets, such as `<EMAIL_ADDRESS>`. */
export function scrubbed(text: string): string {
  let clean = text;
  for (const { label, pattern, isMatch } of kinds)
    clean = clean.replace(pattern, (match) => (isMatch && !isMatch(match) ? match : `<${label}>`));
  return clean;
}

/** Times of day look alike, but have neither `::` nor eight parts. */
function isIpv6(text: string): boolean {
  const parts = text.split(':');
  return text.includes('::')
    ? /[0-9a-f]/i.test(text) && text.indexOf('::') === text.lastIndexOf('::')
    : parts.length === 8;
}

/** By its check digit, since ten digits may also be a telephone number. */
function isIsbn(text: string): boolean {
  const digits = Array.from(text.replace(/[- ]/g, ''), (digit) => (digit.toLowerCase() === 'x' ? 10 : Number(digit)));
  if (digits.length === 13) return digits.reduce((sum, digit, i) => sum + digit * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
  return digits.length === 10 && digits.reduce((sum, digit, i) => sum + digit * (10 - i), 0) % 11 === 0;
}
