import { badRequest } from './problems.ts';
import type { FieldError } from './problems.ts';

/** Reads one value of unknown shape. It reports what is wrong under its field name and answers undefined then. */
export type Reader<T> = (value: unknown, field: string, report: (error: FieldError) => void) => T | undefined;

export type Read<R> = R extends Reader<infer T> ? T : never;

/** Reads a value or throws a 400 problem that names each field at fault. */
export function validate<T>(reader: Reader<T>, value: unknown, what = 'The request'): T {
  const errors: FieldError[] = [];
  const result = reader(value, '', (error) => void errors.push(error));
  if (errors.length === 0) return result as T;
  const [first] = errors;
  const summary = first === undefined ? '' : `${first.field ? `${first.field} ` : ''}${first.message}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw badRequest(`${what} cannot be used: ${summary}${more}.`, errors);
}

export interface TextLimits {
  /** 1 when absent. */
  readonly min?: number;
  /** 200 when absent. */
  readonly max?: number;
  readonly pattern?: RegExp;
  /** Says what the pattern asks for: `must be …`. */
  readonly message?: string;
}

/** A string, trimmed. */
export function text({ min = 1, max = 200, pattern, message = 'has the wrong form' }: TextLimits = {}): Reader<string> {
  return (value, field, report) => {
    if (typeof value !== 'string') return refuse(report, field, value === undefined ? 'is missing' : 'must be text');
    const trimmed = value.trim();
    if (trimmed.length < min)
      return refuse(report, field, min === 1 ? 'must not be empty' : `needs at least ${min} characters`);
    if (trimmed.length > max) return refuse(report, field, `must not be longer than ${max} characters`);
    if (pattern && !pattern.test(trimmed)) return refuse(report, field, message);
    return trimmed;
  };
}

export const email: Reader<string> = text({
  max: 254,
  pattern: /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/,
  message: 'must be an e-mail address',
});

/** A whole number; a fraction, text or NaN is refused, never rounded. */
export function integer(min: number, max: number): Reader<number> {
  return (value, field, report) => {
    if (value === undefined) return refuse(report, field, 'is missing');
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return refuse(report, field, 'must be a whole number');
    if (value < min || value > max) return refuse(report, field, `must be from ${min} to ${max}`);
    return value;
  };
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, field, report) =>
    allowed.find((option) => option === value) ?? refuse(report, field, `must be one of ${allowed.join(', ')}`);
}

export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, field, report) => (value === undefined || value === null ? undefined : reader(value, field, report));
}

export function list<T>(reader: Reader<T>, max: number): Reader<readonly T[]> {
  return (value, field, report) => {
    if (!Array.isArray(value)) return refuse(report, field, 'must be a list');
    if (value.length > max) return refuse(report, field, `must not have more than ${max} entries`);
    return value.map((item, index) => reader(item, `${field}[${index}]`, report) as T);
  };
}

/** Members that are not named are left out of the result. */
export function object<F extends Readonly<Record<string, Reader<unknown>>>>(
  fields: F,
): Reader<{ readonly [K in keyof F]: Read<F[K]> }> {
  return (value, field, report) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return refuse(report, field, 'must be an object');
    }
    const members = value as Record<string, unknown>;
    const read = Object.entries(fields).map(([name, reader]) => [
      name,
      reader(Object.hasOwn(members, name) ? members[name] : undefined, field ? `${field}.${name}` : name, report),
    ]);
    return Object.fromEntries(read) as { readonly [K in keyof F]: Read<F[K]> };
  };
}

function refuse(report: (error: FieldError) => void, field: string, message: string): undefined {
  report({ field, message });
  return undefined;
}

export const money = object({ amount: integer(0, 100_000_000), currency: oneOf('EUR') });

export const contact = object({ name: text({ max: 120 }), email });

export const address = object({
  street: text(),
  postcode: text({ max: 12 }),
  city: text({ max: 120 }),
  country: text({ pattern: /^[A-Z]{2}$/, message: 'must be a country code of two capital letters' }),
});

/** What the payment provider gave for a card; anything that looks like a card number is refused. */
export const paymentMethod = object({
  token: text({ pattern: /^(?!\d{12,19}$)[\w-]+$/, message: 'must be the token that the payment provider gave' }),
  brand: text({ max: 40 }),
  last4: text({ pattern: /^\d{4}$/, message: 'must be four digits' }),
});
