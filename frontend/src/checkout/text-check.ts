import { checkout } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const message = messagesOf(checkout);

/** Control characters, lone surrogates, line separators, bidirectional overrides and the byte order mark. */
const forbiddenCharacters = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Text for a parcel label: one line with at least one letter or digit. Lengths count code points. */
export const checkText = (text: string, maxLength: number, whenEmpty: string): string | undefined => {
  const trimmed = text.normalize('NFC').trim();
  if (trimmed === '') return whenEmpty;
  if (Array.from(trimmed).length > maxLength) return message('text.long', { most: maxLength });
  if (forbiddenCharacters.test(trimmed)) return message('text.invisible');
  return /[\p{L}\p{N}]/u.test(trimmed) ? undefined : message('text.no-letter');
};

const localPart = /^(?!\.)(?!.*\.(\.|$))[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const domain = /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export const checkEmail = (text: string): string | undefined => {
  const trimmed = text.normalize('NFC').trim();
  if (trimmed === '') return message('email.missing');
  const at = trimmed.lastIndexOf('@');
  const isValid = trimmed.length <= 254 && localPart.test(trimmed.slice(0, at)) && domain.test(trimmed.slice(at + 1));
  return isValid ? undefined : message('email.wrong');
};
