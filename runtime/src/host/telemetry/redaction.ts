import {
  type ActivityAttributes,
  type ActivityKind,
  type AttributeValue,
  attributeEntries,
} from '#core/activity-attributes.ts';

const redactedText = '[struck out]';

/** Names of sensitive values, in any case and with `-`, `_`, a space or nothing between their words. */
const secretNames = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'secret',
  'client-secret',
  'private-key',
  'session-id',
  'card-number',
  'pan',
  'cvc',
  'cvv',
  'security-code',
  'expiry',
];
const anyName = [
  ...secretNames.map((name) => name.replaceAll('-', '[-_ ]?')),
  '[\\w-]*token',
  '[\\w-]*api[-_]?key',
].join('|');
const jsonMember = new RegExp(
  `"(${anyName})"(\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*(?:"|$)|\\[[^\\]]*(?:\\]|$)|[^\\s,}\\]{\\[]+)`,
  'gi',
);
const escapedMember = new RegExp(`\\\\"(${anyName})\\\\"(\\s*:\\s*)\\\\"(?:[^"\\\\]|\\\\[^"])*(?:\\\\"|$)`, 'gi');
const formField = new RegExp(`(^|[?&\\s])(${anyName})=[^&\\s"]*`, 'gi');
const headerLine = new RegExp(`^(${anyName}):.*$`, 'gim');
const digitRun = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])/g;
const bearer = /\b(bearer|basic) [\w.~+/=-]{8,}/gi;

/** Redacts card numbers, tokens, cookies and passwords. Works on text truncated anywhere. */
export function redact(text: string): string {
  return text
    .replace(jsonMember, `"$1"$2"${redactedText}"`)
    .replace(escapedMember, `\\"$1\\"$2\\"${redactedText}\\"`)
    .replace(formField, `$1$2=${redactedText}`)
    .replace(headerLine, `$1: ${redactedText}`)
    .replace(bearer, `$1 ${redactedText}`)
    .replace(digitRun, (run) => (isCardNumber(run) ? `[card ending ${run.replace(/\D/g, '').slice(-4)}]` : run));
}

/** The attributes of an activity in the form for readers, redacted. */
export function redactedAttributes(
  attributes: ActivityAttributes[ActivityKind],
): Readonly<Record<string, AttributeValue>> {
  const result: Record<string, AttributeValue> = {};
  for (const [name, value] of attributeEntries(attributes))
    result[name] = typeof value === 'string' ? redact(value) : value;
  return result;
}

/** A payload for readers: text is redacted, other bytes become their count. */
export function readablePayload(bytes: Uint8Array, fullLength: number): string {
  const text = new TextDecoder().decode(bytes);
  if (hasControls(text) || /\ufffd(?!$)/.test(text)) return `[${fullLength} bytes]`;
  const cut = fullLength - bytes.length;
  // half a card number fails the check, so digits at the cut are removed too
  return cut > 0 ? `${redact(text).replace(/\d[\d -]*$/, '')} [${cut} more bytes]` : redact(text);
}

/** Whether there are control characters other than tab and line breaks. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 && (code < 9 || code > 13)) return true;
  }
  return false;
}

/** First digits and lengths in use, so that times in milliseconds are not mistaken for cards. */
const issued = /^(?:4\d{12}|3\d{13,14}|[2-6]\d{15}|[456]\d{16,18})$/;

/** Whether the digits pass the Luhn check, as every card number does. */
function isCardNumber(run: string): boolean {
  const digits = run.replace(/\D/g, '');
  if (!issued.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
