import { Type } from 'typebox';
import type { TString } from 'typebox';

/**
 * One definition of each kind of text that services exchange. Strings are NFC-normalised and trimmed before they are
 * checked (`@tidewater/kit/schema.ts`); lengths count code points. `x-message` completes "the field …".
 */

/**
 * Control characters, lone surrogates, line separators, bidirectional overrides, the byte order mark, tag characters and
 * invisible characters.
 */
const forbidden = String.raw`\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u061c\u115f\u1160\u3164\uffa0\u{e0000}-\u{e007f}`;

/** Text on one line that has at least one letter or digit. */
export function text(maxLength: number): TString {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: String.raw`^(?=[^]*[\p{L}\p{N}])[^${forbidden}]*$`,
    'x-message': 'must be plain text on one line, with at least one letter or digit',
  });
}

/** Text that a person typed into an optional field; may be empty. */
export function optionalText(maxLength: number): TString {
  return Type.String({
    maxLength,
    pattern: `^[^${forbidden}]*$`,
    'x-message': 'must be plain text on one line',
  });
}

/** An id: valid as one path segment, one subject token and one part of a key. */
export const id = Type.String({
  pattern: String.raw`^[\w-]{1,64}$`,
  'x-message': 'may have 1 to 64 letters, digits, _ and -',
});

/** A token of the payment provider; a card number is none. */
export const cardToken = Type.String({
  pattern: '^tok_[A-Za-z0-9]{1,60}$',
  'x-message': 'must be the token that the payment provider gave',
});

/** An address of the form that mail servers accept without quoting. */
export const email = Type.String({
  maxLength: 254,
  pattern:
    "^(?!\\.)(?![^@]*\\.[.@])[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\\-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])$",
  'x-message': 'must be an e-mail address',
});

/** RFC 3339 in UTC, as `Date.prototype.toISOString` writes it. */
export const timestamp = Type.String({
  pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$`,
  'x-message': 'must be a time in UTC such as 2026-01-31T12:00:00.000Z',
});

/** Chosen by a client; the same key means the same request. */
export const idempotencyKey = Type.String({
  pattern: String.raw`^(?!\.{1,2}$)[\w.:-]{1,200}$`,
  'x-message': 'may have 1 to 200 letters, digits, _ . : and -',
});
