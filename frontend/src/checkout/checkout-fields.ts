import type { Address, Contact } from '@tidewater/contracts/events.ts';
import type { CardDetails, Problem } from '@tidewater/contracts/storefront.ts';
import { checkCvc, checkExpiry, checkNumber, digitsOf } from './card-check.ts';

export const fieldNames = [
  'name',
  'email',
  'street',
  'postcode',
  'city',
  'country',
  'number',
  'expiry',
  'cvc',
] as const;
export type FieldName = (typeof fieldNames)[number];
export type CheckoutFields = Readonly<Record<FieldName, string>>;
export type FieldErrors = Readonly<Partial<Record<FieldName, string>>>;

export const emptyFields: CheckoutFields = {
  name: '',
  email: '',
  street: '',
  postcode: '',
  city: '',
  country: 'NL',
  number: '',
  expiry: '',
  cvc: '',
};

/** Where we send to; the names are the shop's language. */
export const countries: readonly (readonly [code: string, name: string])[] = [
  ['AT', 'Austria'],
  ['BE', 'Belgium'],
  ['DK', 'Denmark'],
  ['EE', 'Estonia'],
  ['FI', 'Finland'],
  ['FR', 'France'],
  ['DE', 'Germany'],
  ['IE', 'Ireland'],
  ['IT', 'Italy'],
  ['NL', 'Netherlands'],
  ['NO', 'Norway'],
  ['PL', 'Poland'],
  ['PT', 'Portugal'],
  ['ES', 'Spain'],
  ['SE', 'Sweden'],
];

/** All that is wrong, by field; nothing when all is well. */
export const checkFields = (fields: CheckoutFields, now: Date): FieldErrors => {
  const found: Record<FieldName, string | undefined> = {
    name: needed(fields.name, 'Enter the name for the parcel.'),
    email: checkEmail(fields.email),
    street: needed(fields.street, 'Enter street and house number.'),
    postcode: needed(fields.postcode, 'Enter the postcode.'),
    city: needed(fields.city, 'Enter the town.'),
    country: countries.some(([code]) => code === fields.country) ? undefined : 'Choose a country that we send to.',
    number: checkNumber(fields.number),
    expiry: checkExpiry(fields.expiry, now),
    cvc: checkCvc(fields.cvc),
  };
  return Object.fromEntries(Object.entries(found).filter(([, message]) => message !== undefined));
};

/** What the storefront found wrong, at our fields: `address.postcode` is `postcode`. What fits none is left to the notice. */
export const errorsOf = (problem: Problem): FieldErrors => {
  const errors: Partial<Record<FieldName, string>> = {};
  for (const { field, message } of problem.errors ?? []) {
    const last = field.split(/[./]/).at(-1);
    const name = fieldNames.find((each) => each === last) ?? (last === 'token' ? 'number' : undefined);
    if (name !== undefined) errors[name] = sentence(message);
  }
  return errors;
};

export const firstWrong = (errors: FieldErrors): FieldName | undefined =>
  fieldNames.find((name) => errors[name] !== undefined);

export const contactOf = (fields: CheckoutFields): Contact => ({
  name: fields.name.trim(),
  email: fields.email.trim(),
});

export const addressOf = (fields: CheckoutFields): Address => ({
  street: fields.street.trim(),
  postcode: fields.postcode.trim(),
  city: fields.city.trim(),
  country: fields.country,
});

export const cardOf = (fields: CheckoutFields): CardDetails => ({
  number: digitsOf(fields.number),
  expiry: fields.expiry.trim(),
  cvc: fields.cvc.trim(),
});

const needed = (text: string, message: string): string | undefined => {
  if (text.trim() === '') return message;
  return text.length > 120 ? 'This is longer than a label has room for: 120 letters at most.' : undefined;
};

const checkEmail = (text: string): string | undefined => {
  if (text.trim() === '') return 'Enter an address for the receipt.';
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim()) && text.length <= 200
    ? undefined
    : 'This does not look like an e-mail address: something like ada@example.com.';
};

const sentence = (message: string): string =>
  message.charAt(0).toUpperCase() + message.slice(1) + (/[.!?]$/.test(message) ? '' : '.');
