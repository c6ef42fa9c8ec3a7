import { memberNamed } from './go-shape.ts';
import type { Shape } from './go-shape.ts';

/**
 * Whether a value from JSON.parse equals the result of Go's decoder: all names exact, all types right, no null and no
 * duplicates. Nearly every document is; the others take the slow path. Raw members become their text, in place.
 */
export function matchesShape(shape: Shape<unknown>, value: unknown, text: string): boolean {
  if (shape.hasRaw === true && unsafeNumber.test(text)) return false;
  const seen: Seen = { names: [], total: 0 };
  const isPlain = shape.hasRaw !== true;
  if (!fits(shape, value, seen)) return false;
  // JSON.parse returns one of several duplicates, Go processes all of them; an escape could hide a name
  if (seen.total === 0) return true;
  if (text.includes('\\u')) return false;
  let nameCount = 0;
  for (const name of seen.names) nameCount += occurrences(text, `"${name}"`);
  // a name may also occur within a value: then all names of the text are counted against all members
  return (
    nameCount === seen.total ||
    (isPlain && !apartFromColon.test(text) && occurrences(text, '":') === countMembers(value))
  );
}

/** The same for a value that was part of another one and has no text. */
export function matchesPlainShape(shape: Shape<unknown>, value: unknown): boolean {
  return fits(shape, value, { names: [], total: 0 });
}

/** Numbers that a round trip through JavaScript might change. */
const unsafeNumber = /\d{16}|\d[eE]/;

/** A name that is not directly followed by its colon would not be counted. */
const apartFromColon = /"[\t\n\r ]+:/;

/** The member names of structs, and their number. */
interface Seen {
  readonly names: string[];
  total: number;
}

function fits(shape: Shape<unknown>, value: unknown, seen: Seen): boolean {
  switch (shape.type) {
    case 'any':
      return value !== undefined;
    case 'string':
      return typeof value === 'string' && value.isWellFormed();
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
    case 'raw':
      // JSON.parse loses how the number was written; raw values are supported as members only
      return false;
    case 'list': {
      if (!Array.isArray(value)) return false;
      const { of } = shape;
      for (const item of value) if (of && !fits(of, item, seen)) return false;
      return true;
    }
    case 'map': {
      if (!isObject(value)) return false;
      for (const name in value) if (shape.of && !memberFits(shape.of, value, name, seen)) return false;
      return true;
    }
    case 'struct':
      return isObject(value) && structFits(shape, value, seen);
  }
}

function structFits(shape: Shape<unknown>, value: Record<string, unknown>, seen: Seen): boolean {
  for (const name in value) {
    const member = shape.members?.get(name);
    if (!member) {
      if (memberNamed(shape, name) !== undefined || holdsTooLarge(value[name])) return false;
      continue;
    }
    if (!memberFits(member, value, name, seen)) return false;
    seen.total += 1;
    if (!seen.names.includes(name)) seen.names.push(name);
  }
  return true;
}

function memberFits(member: Shape<unknown>, container: Record<string, unknown>, name: string, seen: Seen): boolean {
  if (member.type !== 'raw') return fits(member, container[name], seen);
  const json = jsonText(container[name]);
  if (json === undefined || name === '__proto__') return false;
  container[name] = json;
  return true;
}

/** Undefined when nested too deep for JavaScript. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

function countMembers(root: unknown): number {
  let count = 0;
  const remaining: unknown[] = [root];
  while (remaining.length > 0) {
    const value = remaining.pop();
    if (Array.isArray(value)) for (const item of value) remaining.push(item);
    else if (isObject(value))
      for (const name in value) {
        count += 1;
        remaining.push(value[name]);
      }
  }
  return count;
}

/** Whether it contains a number that no float64 can hold: JSON.parse gives `Infinity`. */
export function holdsTooLarge(root: unknown): boolean {
  const left: unknown[] = [root];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'number' && !Number.isFinite(value)) return true;
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) left.push(item);
  }
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
