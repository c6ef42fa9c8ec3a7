/**
 * JSON as upstream stores it: a value is decoded and re-encoded by Go's encoding/json, so object keys are sorted,
 * whitespace is removed, and `<`, `>`, `&` and the line separators are escaped. As there, integers beyond 2^53 lose
 * precision. Throws RangeError for a number that no float64 can hold (JSON.parse gives `Infinity`).
 */
export function goJson(value: unknown): string {
  return encode(value, 0);
}

/** Deeper values are encoded without recursion: JavaScript's own functions overflow at a few thousand levels. */
const recursionLimit = 500;

function encode(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return number(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= recursionLimit) return encodeDeep(value);
      return Array.isArray(value) ? encodeArray(value, depth + 1) : encodeObject(value, depth + 1);
    case 'bigint':
      return String(value);
    case 'function':
    case 'symbol':
    case 'undefined':
      return 'null';
  }
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('json: cannot unmarshal a number that float64 cannot hold');
  // JSON.stringify drops the sign of negative zero, Go writes it.
  return value === 0 && Object.is(value, -0) ? '-0' : String(value);
}

function encodeArray(items: readonly unknown[], depth: number): string {
  let text = '[';
  for (let at = 0; at < items.length; at++) {
    if (at > 0) text += ',';
    text += encode(items[at], depth);
  }
  return `${text}]`;
}

function encodeObject(fields: object, depth: number): string {
  const values = fields as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of sortedNames(fields)) {
    if (text !== '{') text += ',';
    text += `${quoted(name)}:${encode(values[name], depth)}`;
  }
  return `${text}}`;
}

/** Encodes a container with an explicit stack. */
function encodeDeep(root: object): string {
  const parts: string[] = [];
  /** Finished text, or a value still to be encoded. */
  const remaining: ({ readonly text: string } | { readonly value: unknown })[] = [{ value: root }];
  for (let next = remaining.pop(); next !== undefined; next = remaining.pop()) {
    if ('text' in next) parts.push(next.text);
    else if (typeof next.value !== 'object' || next.value === null) parts.push(encode(next.value, 0));
    else for (const piece of tokensOf(next.value).toReversed()) remaining.push(piece);
  }
  return parts.join('');
}

function tokensOf(container: object): ({ readonly text: string } | { readonly value: unknown })[] {
  if (Array.isArray(container)) {
    const items = container.flatMap((value: unknown, at) => [{ text: at === 0 ? '[' : ',' }, { value }]);
    return [...(items.length === 0 ? [{ text: '[' }] : items), { text: ']' }];
  }
  const values = container as Readonly<Record<string, unknown>>;
  const members = sortedNames(container).flatMap((name, at) => [
    { text: `${at === 0 ? '{' : ','}${quoted(name)}:` },
    { value: values[name] },
  ]);
  return [...(members.length === 0 ? [{ text: '{' }] : members), { text: '}' }];
}

/** By code point, as Go sorts UTF-8 bytes. JavaScript's order differs above U+FFFF. */
function sortedNames(fields: object): string[] {
  const names = Object.keys(fields);
  if (!names.some((name) => surrogate.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const surrogate = /[\ud800-\udfff]/;
/** Characters other than printable ASCII that needs no escape. */
const needsEscape = /[^ !#-%'-;=?-[\]-~]/;
const escapedByGo = /[<>&\u2028\u2029]/g;

function quoted(text: string): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replaceAll(escapedByGo, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
