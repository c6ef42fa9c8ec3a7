import { matchesPlainShape, holdsTooLarge } from './go-shape-match.ts';
import { GoTypeError } from './go-decode.ts';
import { memberNamed } from './go-shape.ts';
import type { Shape } from './go-shape.ts';

/**
 * Applies a shape to a value that was decoded without one. Upstream does so (with mapstructure) where a member's type
 * depends on another member: names match in any case, the exact one first, null is absent, and no type is converted.
 * Throws GoTypeError.
 */
export function reshape<T>(shape: Shape<T>, value: unknown, path = ''): T | undefined {
  // the common case: the value already has the shape
  if (matchesPlainShape(shape, value)) return value as T;
  // the whole value was decoded before, ignored members included
  if (holdsTooLarge(value)) throw new GoTypeError('json: cannot unmarshal number into Go value of type float64');
  return reshapeAny(shape, value, path) as T | undefined;
}

function reshapeAny(shape: Shape<unknown>, value: unknown, path: string): unknown {
  if (value === null || value === undefined) return shape.type === 'any' ? null : undefined;
  switch (shape.type) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : mismatch(shape, value, path);
    case 'bool':
      return typeof value === 'boolean' ? value : mismatch(shape, value, path);
    case 'map':
      return mapOf(shape, record(value) ?? mismatch(shape, value, path), path);
    case 'struct':
      return structOf(shape, record(value) ?? mismatch(shape, value, path), path);
    case 'int':
    case 'list':
    case 'raw':
      return mismatch(shape, value, path);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function mapOf(shape: Shape<unknown>, fields: Fields, path: string): Fields {
  const element = shape.of as Shape<unknown>;
  const entries = Object.entries(fields);
  for (const entry of entries) entry[1] = reshapeAny(element, entry[1], `${path}[${entry[0]}]`) ?? '';
  return Object.fromEntries(entries);
}

function structOf(shape: Shape<unknown>, fields: Fields, path: string): Fields {
  const keyByName = new Map<string, string>();
  for (const key in fields) {
    const name = memberNamed(shape, key);
    if (name !== undefined && (!keyByName.has(name) || key === fieldName(name))) keyByName.set(name, key);
  }
  const result: Record<string, unknown> = {};
  for (const [name, key] of keyByName) {
    const member = shape.members?.get(name);
    if (member) result[name] = reshapeAny(member, fields[key], path === '' ? name : `${path}.${name}`);
  }
  return result;
}

/** The field's name in Go, which mapstructure matches first. */
function fieldName(name: string): string {
  return name === 'etag' ? 'ETag' : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function mismatch(shape: Shape<unknown>, value: unknown, path: string): never {
  const kind = Array.isArray(value) ? 'array' : typeof value;
  throw new GoTypeError(`'${path}' expected type '${shape.name}', got unconvertible type '${kind}'`);
}
