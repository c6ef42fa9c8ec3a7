import { problems as problemsMessages } from '../messages/en/problems.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(problemsMessages);
/** Field names for shoppers, by the last segment of the API's field name. */
const labels: Readonly<Record<string, string>> = {
  name: text('field-labels.name'),
  email: text('field-labels.e-mail-address'),
  street: text('field-labels.street-and-number'),
  postcode: text('field-labels.postcode'),
  city: text('field-labels.town'),
  country: text('field-labels.country'),
  number: text('field-labels.card-number'),
  token: text('field-labels.card-number'),
  expiry: text('field-labels.expiry-date'),
  cvc: text('field-labels.security-code'),
  quantity: text('field-labels.quantity'),
};

/** `address.postcode` and `/address/postcode` are both `postcode`. */
export const lastSegmentOf = (field: string): string => field.split(/[./]/).at(-1) ?? '';

/** `address.postcode`, `must be text` → `The postcode must be text.` Undefined for fields that are not in a form. */
export const fieldSentence = (field: string, message: string): string | undefined => {
  const last = lastSegmentOf(field);
  if (field.startsWith('expectedTotal') || !Object.hasOwn(labels, last)) return undefined;
  const label = labels[last] ?? '';
  return text('field-labels.sentence', { label, message: /[.!?]$/.test(message) ? message : `${message}.` });
};
