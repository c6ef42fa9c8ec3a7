import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { isPostcodeOf } from '@tidewater/contracts/countries.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { badRequest } from './problems.ts';
import type { FieldError } from './problems.ts';

/**
 * Reads values of unknown shape by TypeBox schemas. The one place where input is checked: routes (through fastify's
 * validator), actor methods, commands and event handlers all come here.
 */

/** A copy of `value` as the schema wants it; throws a 400 problem that names each field at fault. */
export function parse<T extends TSchema>(schema: T, value: unknown, what = 'The request'): ValueOf<T> {
  const result = check(schema, value);
  if (result.errors === undefined) return result.value as ValueOf<T>;
  throw invalid(what, result.errors);
}

export function isValid(schema: TSchema, value: unknown): boolean {
  return check(schema, value).errors === undefined;
}

export type Checked =
  | { readonly value: unknown; readonly errors?: undefined }
  | { readonly value?: undefined; readonly errors: readonly FieldError[] };

/** With `coerce`, text becomes the number or boolean that the schema wants: paths, queries and headers have text only. */
export function check(schema: TSchema, value: unknown, { coerce = false } = {}): Checked {
  let copy: unknown;
  try {
    copy = normalised(value, 0);
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    return { errors: [{ field: '', message: `must not be nested deeper than ${maxDepth} levels` }] };
  }
  const validate = compiled(schema, coerce);
  if (validate(copy)) {
    const errors = coerce ? infiniteNumbers(copy) : [];
    return errors.length > 0 ? { errors } : { value: copy };
  }
  return { errors: (validate.errors ?? []).map((error) => fieldError(error, coerce)) };
}

/** How a value differs from its schema, members included that the schema does not have. */
export function differences(schema: TSchema, value: unknown): readonly FieldError[] {
  const validate = exactAjv.compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => ({ ...fieldError(error, false), message: error.message ?? '' }));
}

export function invalid(what: string, errors: readonly FieldError[]): Error {
  const [first] = errors;
  const summary = first === undefined ? '' : `${first.field ? `${first.field} ` : ''}${first.message}`;
  const suffix = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return badRequest(`${what} cannot be used: ${summary}${suffix}.`, errors);
}

/** Ajv makes a number of `Infinity` and of `1e999`, and then compares it with no limit. */
function infiniteNumbers(value: unknown): readonly FieldError[] {
  return Object.entries(value ?? {})
    .filter(([, member]) => [member].flat().some((each) => each === Infinity || each === -Infinity))
    .map(([field]) => ({ field, message: typeMessages['number'] ?? '' }));
}

const maxDepth = 32;

class TooDeepError extends Error {}

/** Strings NFC-normalised and trimmed, the rest copied. Runs for each request and event. */
function normalised(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return isPlain.test(value) ? value.trim() : value.normalize('NFC').trim();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) throw new TooDeepError();
  if (Array.isArray(value)) return value.map((item) => normalised(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) if (name !== '__proto__') copy[name] = normalised(item, depth + 1);
  return copy;
}

/** Such text is in its normal form. */
const isPlain = /^[\x20-\x7e]*$/;

const options = {
  allErrors: true,
  removeAdditional: true,
  verbose: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
} as const;
const strictAjv = prepared(new Ajv(options));
const exactAjv = prepared(new Ajv({ ...options, removeAdditional: false }));
const coercingAjv = prepared(new Ajv({ ...options, coerceTypes: 'array' }));

function prepared(ajv: Ajv): Ajv {
  ajv.addVocabulary(['x-message']);
  ajv.addKeyword({
    keyword: 'x-postcode-of-country',
    type: 'object',
    schemaType: 'boolean',
    error: { message: 'is not a postcode of that country' },
    validate: (_isEnabled: boolean, { postcode, country }: { postcode?: unknown; country?: unknown }) =>
      typeof postcode !== 'string' || typeof country !== 'string' || isPostcodeOf(country, postcode),
  });
  return ajv;
}

const caches = new Map<boolean, WeakMap<TSchema, ValidateFunction>>([
  [false, new WeakMap()],
  [true, new WeakMap()],
]);

function compiled(schema: TSchema, coerce: boolean): ValidateFunction {
  const cache = caches.get(coerce);
  const cached = cache?.get(schema);
  if (cached) return cached;
  const validate = (coerce ? coercingAjv : strictAjv).compile(schema);
  cache?.set(schema, validate);
  return validate;
}

function fieldError(error: ErrorObject, isText: boolean): FieldError {
  const { instancePath, keyword, params, parentSchema, data } = error;
  const path = instancePath
    .slice(1)
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('');
  const missing = keyword === 'required' ? `.${String((params as { missingProperty?: unknown }).missingProperty)}` : '';
  const postcode = keyword === 'x-postcode-of-country' ? '.postcode' : '';
  const field = `${path}${missing}${postcode}`.replace(/^\./, '');
  // `?page=1&page=2`
  if (isText && keyword === 'type' && Array.isArray(data)) return { field, message: 'must be there once only' };
  return { field, message: messageOf(error, parentSchema as Readonly<Record<string, unknown>> | undefined) };
}

function messageOf(
  { keyword, message = 'is wrong', params }: ErrorObject,
  schema: Readonly<Record<string, unknown>> = {},
): string {
  const limit = (params as { limit?: unknown }).limit;
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `needs at least ${String(limit)} characters`;
    case 'maxLength':
      return `must not be longer than ${String(limit)} characters`;
    case 'minItems':
      return `needs at least ${countOf(limit)}`;
    case 'maxItems':
      return `must not have more than ${countOf(limit)}`;
    case 'minimum':
    case 'maximum':
      return rangeOf(numberIn(schema['minimum']), numberIn(schema['maximum']));
    case 'type':
      return typeMessages[String(schema['type'])] ?? message;
    case 'const':
      return `must be ${JSON.stringify(schema['const'])}`;
    default: {
      const customMessage = schema['x-message'];
      if (typeof customMessage === 'string') return customMessage;
      const allowed = schema['enum'];
      return Array.isArray(allowed)
        ? `must be one of ${allowed.filter((each) => each !== '').join(', ')}`
        : message.replace('must NOT', 'must not');
    }
  }
}

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const countOf = (limit: unknown): string => (limit === 1 ? '1 entry' : `${String(limit)} entries`);

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (max === undefined) return `must be ${String(min)} or more`;
  if (min === undefined) return `must be ${String(max)} or less`;
  return `must be from ${String(min)} to ${String(max)}`;
}

const typeMessages: Readonly<Record<string, string>> = {
  string: 'must be text',
  integer: 'must be a whole number',
  number: 'must be a number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
};
