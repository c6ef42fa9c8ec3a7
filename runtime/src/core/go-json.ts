/**
 * JSON as upstream stores it: a value is decoded and encoded again by Go's encoding/json, so object keys are sorted,
 * whitespace is gone, and `<`, `>`, `&` and the line separators are escaped. Like there, integers beyond 2^53 lose
 * precision. Throws RangeError when the value is nested deeper than 1000 levels.
 */
export function goJson(value: unknown): string {
  return encode(value, 0);
}

const deepest = 1000;

function encode(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      // JSON.stringify drops the sign of negative zero, Go keeps it.
      return value === 0 && Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= deepest) throw new RangeError(`JSON is nested deeper than ${deepest} levels`);
      return Array.isArray(value) ? encodeArray(value, depth + 1) : encodeObject(value, depth + 1);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return 'null';
  }
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

/** By code point, as Go sorts the UTF-8 bytes. JavaScript's own order differs for what lies above U+FFFF. */
function sortedNames(fields: object): string[] {
  const names = Object.keys(fields);
  if (!names.some((name) => surrogate.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const surrogate = /[\ud800-\udfff]/;
/** Anything but the printable ASCII that needs no escape. */
const unplain = /[^ !#-%'-;=?-[\]-~]/;
const escapedByGo = /[<>&\u2028\u2029]/g;

function quoted(text: string): string {
  if (!unplain.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replaceAll(escapedByGo, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
