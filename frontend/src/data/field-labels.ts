/** Field names for shoppers, by the last segment of the API's field name. */
const labels: Readonly<Record<string, string>> = {
  name: 'name',
  email: 'e-mail address',
  street: 'street and number',
  postcode: 'postcode',
  city: 'town',
  country: 'country',
  number: 'card number',
  token: 'card number',
  expiry: 'expiry date',
  cvc: 'security code',
  quantity: 'quantity',
};

/** `address.postcode` and `/address/postcode` are both `postcode`. */
export const lastSegmentOf = (field: string): string => field.split(/[./]/).at(-1) ?? '';

/** `address.postcode`, `must be text` → `The postcode must be text.` Undefined for fields that are not in a form. */
export const fieldSentence = (field: string, message: string): string | undefined => {
  const last = lastSegmentOf(field);
  if (field.startsWith('expectedTotal') || !Object.hasOwn(labels, last)) return undefined;
  return `The ${labels[last]} ${message}${/[.!?]$/.test(message) ? '' : '.'}`;
};
