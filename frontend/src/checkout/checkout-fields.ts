import { countryCodes, isPostcodeOf, needsPostcode } from '@tidewater/contracts/countries.ts';
import type { Address, Contact } from '@tidewater/contracts/events.ts';
import type { CardDetails, Problem } from '@tidewater/contracts/storefront.ts';
import { fieldSentence, lastSegmentOf } from '../data/field-labels.ts';
import { cvcProblem, cardExpiryProblem, cardNumberProblem, digitsOf } from './card-check.ts';
import { checkEmail, checkText } from './text-check.ts';
import { checkout } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkout);

const fieldNames = ['name', 'email', 'street', 'postcode', 'city', 'country', 'number', 'expiry', 'cvc'] as const;
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

/**
 * Validation errors by field; empty when all fields are valid. The same rules as services/contracts/src/text-
 * schemas.ts.
 */
export const checkFields = (fields: CheckoutFields, now: Date): FieldErrors => {
  const errors: Record<FieldName, string | undefined> = {
    name: checkText(fields.name, 120, text('name.missing')),
    email: checkEmail(fields.email),
    street: checkText(fields.street, 200, text('street.missing')),
    postcode: checkPostcode(fields),
    city: checkText(fields.city, 120, text('city.missing')),
    country: countryCodes.includes(fields.country) ? undefined : text('country.unknown'),
    number: cardNumberProblem(fields.number),
    expiry: cardExpiryProblem(fields.expiry, now),
    cvc: cvcProblem(fields.cvc),
  };
  return Object.fromEntries(Object.entries(errors).filter(([, message]) => message !== undefined));
};

/** Fields whose rule depends on another field's value. */
export const dependentsOf = (name: FieldName): readonly FieldName[] => (name === 'country' ? ['postcode'] : []);

/**
 * Maps the validation errors of the storefront to form fields: `address.postcode` is `postcode`. Others are shown in
 * the notice.
 */
export const errorsOf = (problem: Problem): FieldErrors => {
  const errors: Partial<Record<FieldName, string>> = {};
  for (const { field, message } of problem.errors ?? []) {
    const sentence = fieldSentence(field, message);
    const last = lastSegmentOf(field);
    const name = fieldNames.find((each) => each === last) ?? (last === 'token' ? 'number' : undefined);
    if (name !== undefined && sentence !== undefined) errors[name] = messageOverrides[name] ?? sentence;
  }
  return errors;
};

const postcodeMismatch = text('postcode.mismatch');

/** Texts that are clearer than the message of the violated rule. */
const messageOverrides: FieldErrors = {
  email: text('email.wrong'),
  postcode: postcodeMismatch,
  country: text('country.unknown'),
};

export const firstInvalid = (errors: FieldErrors): FieldName | undefined =>
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

const checkPostcode = ({ postcode, country }: CheckoutFields): string | undefined => {
  if (postcode.trim() === '') return needsPostcode(country) ? text('postcode.missing') : undefined;
  return isPostcodeOf(country, postcode.trim()) ? undefined : postcodeMismatch;
};
