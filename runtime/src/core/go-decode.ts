import { matchesShape } from './go-shape-match.ts';
import { isTooDeep, memberValue, skipSpace, stringEnd, valueEnd } from './go-scan.ts';
import { memberNamed } from './go-shape.ts';
import type { Shape } from './go-shape.ts';
import { goTextOf } from './go-text-bytes.ts';

/** A value whose type does not match its member. */
export class GoTypeError extends TypeError {}

export interface DecodeOptions {
  /** Text after the value is an error, as for `json.Unmarshal`; a `json.Decoder` stops reading there. */
  readonly rejectsTrailingText?: boolean;
}

/**
 * JSON as Go's encoding/json decodes it: member names match in any case, the last duplicate wins, null leaves the
 * previous value, integers are range-checked, invalid UTF-8 is replaced. The result has the names of the shape. Throws
 * SyntaxError or GoTypeError with Go's messages.
 */
export function decodeGo<T>(shape: Shape<T>, json: Uint8Array | string, options: DecodeOptions = {}): T | undefined {
  const text = typeof json === 'string' ? json : goTextOf(json);
  const plain = parsed(text);
  if (plain !== undefined && matchesShape(shape, plain.value, text)) return plain.value as T;
  const from = skipSpace(text, 0);
  const end = valueEnd(text, 0);
  if (options.rejectsTrailingText === true && skipSpace(text, end) < text.length)
    throw new SyntaxError(`invalid character '${text[skipSpace(text, end)]}' after top-level value`);
  return decodeAt({ text, at: from, end }, shape, undefined, { struct: '', path: '' }) as T | undefined;
}

/** Undefined for text that JSON.parse rejects. Throws for nesting that Go rejects. */
function parsed(text: string): { readonly value: unknown } | undefined {
  if (isTooDeep(text)) throw new SyntaxError('exceeded max depth');
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A validated value within a text. */
interface Span {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

interface FieldPath {
  /** The struct whose member this is. */
  readonly struct: string;
  readonly path: string;
}

function decodeAt(span: Span, shape: Shape<unknown>, before: unknown, fieldPath: FieldPath): unknown {
  const { text, at, end } = span;
  if (shape.type === 'raw') return text.slice(at, end);
  const first = text[at];
  if (first === 'n') return shape.type === 'any' ? null : ignoresNull(shape) ? before : undefined;
  switch (shape.type) {
    case 'any':
      rejectLargeNumbers(span, fieldPath);
      return JSON.parse(text.slice(at, end));
    case 'string':
      if (first !== '"') throw mismatch(span, shape, fieldPath);
      return (JSON.parse(text.slice(at, end)) as string).toWellFormed();
    case 'bool':
      if (first !== 't' && first !== 'f') throw mismatch(span, shape, fieldPath);
      return first === 't';
    case 'int':
      return integer(span, shape, fieldPath);
    case 'list':
      if (first !== '[') throw mismatch(span, shape, fieldPath);
      return listAt(span, shape, Array.isArray(before) ? before : [], fieldPath);
    case 'map':
    case 'struct':
      if (first !== '{') throw mismatch(span, shape, fieldPath);
      return (shape.type === 'map' ? mapAt : structAt)(span, shape, recordOf(before), fieldPath);
  }
}

const numberPattern = /[-\d][\d.eE+-]*/y;

/** Checks all numbers, also those of overridden duplicates: Go decodes each. */
function rejectLargeNumbers({ text, at: from, end }: Span, fieldPath: FieldPath): void {
  if (!/\d[eE]|\d{309}/.test(text.slice(from, end))) return;
  for (let at = from; at < end; at++) {
    numberPattern.lastIndex = at;
    if (text[at] === '"') at = stringEnd(text, at) - 1;
    else if (numberPattern.test(text)) {
      const token = text.slice(at, numberPattern.lastIndex);
      if (!Number.isFinite(Number(token)))
        throw mismatch({ text, at, end }, { type: 'any', name: 'float64' }, fieldPath, `number ${token}`);
      at = numberPattern.lastIndex - 1;
    }
  }
}

function ignoresNull({ type, isPointer }: Shape<unknown>): boolean {
  return isPointer !== true && type !== 'list' && type !== 'map';
}

function integer(span: Span, shape: Shape<unknown>, fieldPath: FieldPath): number {
  const literal = span.text.slice(span.at, span.end);
  if (!/^[-\d]/.test(literal)) throw mismatch(span, shape, fieldPath);
  const bits = shape.bits ?? 64;
  // no integer has more digits, and parsing a million of them is slow
  if (/^-?\d{1,20}$/.test(literal) && BigInt.asIntN(bits, BigInt(literal)) === BigInt(literal)) return Number(literal);
  throw mismatch(span, shape, fieldPath, `number ${literal}`);
}

/** Go reuses existing elements and appends the rest. */
function listAt(span: Span, shape: Shape<unknown>, before: readonly unknown[], fieldPath: FieldPath): unknown[] {
  const items: unknown[] = [];
  for (const item of valuesIn(span)) {
    const element = shape.of as Shape<unknown>;
    items.push(decodeAt(item, element, before[items.length], fieldPath) ?? zeroOf(element));
  }
  return items;
}

/** Adds to the previous map, which is not shared. Copying it for each of many maps of one name would be slow. */
function mapAt(span: Span, shape: Shape<unknown>, before: Record<string, unknown>, fieldPath: FieldPath): Fields {
  const element = shape.of as Shape<unknown>;
  for (const { name, ...at } of membersIn(span)) {
    const value = decodeAt(at, element, undefined, fieldPath) ?? zeroOf(element);
    if (name === '__proto__')
      Object.defineProperty(before, name, { value, writable: true, enumerable: true, configurable: true });
    else before[name] = value;
  }
  return before;
}

function structAt(span: Span, shape: Shape<unknown>, before: Fields, fieldPath: FieldPath): Fields {
  const fields: Record<string, unknown> = { ...before };
  for (const { name: key, ...value } of membersIn(span)) {
    const name = memberNamed(shape, key);
    const member = name === undefined ? undefined : shape.members?.get(name);
    if (name !== undefined && member)
      fields[name] = decodeAt(value, member, fields[name], memberPath(fieldPath, shape, name));
  }
  return fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Go's zero value for a null element of a list or map. */
function zeroOf({ type, isPointer }: Shape<unknown>): unknown {
  if (isPointer === true) return undefined;
  const zeros: Readonly<Record<string, unknown>> = { string: '', bool: false, int: 0, any: null, struct: {} };
  return zeros[type];
}

function* valuesIn({ text, at }: Span): Generator<Span> {
  let next = skipSpace(text, at + 1);
  while (text[next] !== ']') {
    const end = valueEnd(text, next);
    yield { text, at: next, end };
    next = skipSpace(text, end);
    if (text[next] === ',') next = skipSpace(text, next + 1);
  }
}

function* membersIn({ text, at }: Span): Generator<Span & { readonly name: string }> {
  let next = skipSpace(text, at + 1);
  while (text[next] !== '}') {
    const name = (JSON.parse(text.slice(next, stringEnd(text, next))) as string).toWellFormed();
    const from = memberValue(text, next);
    const end = valueEnd(text, from);
    yield { text, at: from, end, name };
    next = skipSpace(text, end);
    if (text[next] === ',') next = skipSpace(text, next + 1);
  }
}

function memberPath({ path }: FieldPath, shape: Shape<unknown>, name: string): FieldPath {
  return { struct: shape.name.slice(shape.name.lastIndexOf('.') + 1), path: path === '' ? name : `${path}.${name}` };
}

function mismatch({ text, at }: Span, shape: Shape<unknown>, fieldPath: FieldPath, value?: string): GoTypeError {
  const kinds: Readonly<Record<string, string>> = { '{': 'object', '[': 'array', '"': 'string', t: 'bool', f: 'bool' };
  const target = fieldPath.path === '' ? 'value' : `struct field ${fieldPath.struct}.${fieldPath.path}`;
  const kind = value ?? kinds[text[at] ?? ''] ?? 'number';
  return new GoTypeError(`json: cannot unmarshal ${kind} into Go ${target} of type ${shape.name}`);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
