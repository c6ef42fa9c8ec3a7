import { fitsPlain, holdsTooLarge } from './go-fast.ts';
import { GoTypeError } from './go-decode.ts';
import { memberNamed } from './go-shape.ts';
import type { Shape } from './go-shape.ts';

/**
 * A value that was decoded without a shape, given one afterwards. Upstream does so (with mapstructure) where a member's type
 * depends on another member: names in any case, the exact one first, null is nothing, and no type becomes another. Throws
 * GoTypeError.
 */
export function reshape<T>(shape: Shape<T>, value: unknown, place = ''): T | undefined {
  // nearly always it has that shape already
  if (fitsPlain(shape, value)) return value as T;
  // it was decoded as a whole before, what is left out here included
  if (holdsTooLarge(value)) throw new GoTypeError('json: cannot unmarshal number into Go value of type float64');
  return reshapeAny(shape, value, place) as T | undefined;
}

function reshapeAny(shape: Shape<unknown>, value: unknown, place: string): unknown {
  if (value === null || value === undefined) return shape.type === 'any' ? null : undefined;
  switch (shape.type) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : mismatch(shape, value, place);
    case 'bool':
      return typeof value === 'boolean' ? value : mismatch(shape, value, place);
    case 'map':
      return mapOf(shape, record(value) ?? mismatch(shape, value, place), place);
    case 'struct':
      return structOf(shape, record(value) ?? mismatch(shape, value, place), place);
    case 'int':
    case 'list':
    case 'raw':
      return mismatch(shape, value, place);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function mapOf(shape: Shape<unknown>, fields: Fields, place: string): Fields {
  const element = shape.of as Shape<unknown>;
  const entries = Object.entries(fields);
  for (const entry of entries) entry[1] = reshapeAny(element, entry[1], `${place}[${entry[0]}]`) ?? '';
  return Object.fromEntries(entries);
}

function structOf(shape: Shape<unknown>, fields: Fields, place: string): Fields {
  const given = new Map<string, string>();
  for (const key in fields) {
    const name = memberNamed(shape, key);
    if (name !== undefined && (!given.has(name) || key === fieldName(name))) given.set(name, key);
  }
  const found: Record<string, unknown> = {};
  for (const [name, key] of given) {
    const member = shape.members?.get(name);
    if (member) found[name] = reshapeAny(member, fields[key], place === '' ? name : `${place}.${name}`);
  }
  return found;
}

/** What the field is called in Go: that is the name which mapstructure looks for first. */
function fieldName(name: string): string {
  return name === 'etag' ? 'ETag' : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function mismatch(shape: Shape<unknown>, value: unknown, place: string): never {
  const kind = Array.isArray(value) ? 'array' : typeof value;
  throw new GoTypeError(`'${place}' expected type '${shape.name}', got unconvertible type '${kind}'`);
}
