import { memberNamed } from './go-shape.ts';
import type { Shape } from './go-shape.ts';

/**
 * Whether a value that JSON.parse gave is already what Go's decoder would give: all names exact, all types right, no null,
 * and nothing twice that Go would merge. Nearly every document is; the others are decoded the long way. Raw members become
 * their text, in place.
 */
export function fitsShape(shape: Shape<unknown>, value: unknown, text: string): boolean {
  const seen = new Map<string, number>();
  if (shape.hasRaw === true && unsafeNumber.test(text)) return false;
  if (!fits(shape, value, seen)) return false;
  if (seen.size === 0) return true;
  // JSON.parse has kept one of several members with a name, of which Go heeds all; an escape could hide a name
  if (text.includes('\\u')) return false;
  for (const [name, times] of seen) if (occurrences(text, `"${name}"`, times) > times) return false;
  return true;
}

/** What a round trip through JavaScript's numbers might change. */
const unsafeNumber = /\d{16}|\d[eE]/;

/** Undefined when it lies too deep for JavaScript. */
function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** `seen` counts the members of structs by name. */
function fits(shape: Shape<unknown>, value: unknown, seen: Map<string, number>): boolean {
  switch (shape.type) {
    case 'any':
      return value !== undefined;
    case 'string':
      return typeof value === 'string' && value.isWellFormed();
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
    case 'raw':
      // JSON.parse has lost how the number was written; of raw values only members can be taken
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

function structFits(shape: Shape<unknown>, value: Record<string, unknown>, seen: Map<string, number>): boolean {
  for (const name in value) {
    const member = shape.members?.get(name);
    if (!member) {
      if (memberNamed(shape, name) !== undefined) return false;
      continue;
    }
    if (!memberFits(member, value, name, seen)) return false;
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return true;
}

function memberFits(
  member: Shape<unknown>,
  container: Record<string, unknown>,
  name: string,
  seen: Map<string, number>,
): boolean {
  if (member.type !== 'raw') return fits(member, container[name], seen);
  const json = written(container[name]);
  if (json === undefined || name === '__proto__') return false;
  container[name] = json;
  return true;
}

function occurrences(text: string, part: string, enough: number): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1 && count <= enough; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
