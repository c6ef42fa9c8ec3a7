import { ProblemError } from './dapr-error.ts';

/** One segment of a path: a constant of the program or a value from outside. */
export type PathPart = string | number;

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/**
 * Builds a path from its parts, such as `['carts', shopperId, 'lines', productId]`. Each part stays exactly one segment at
 * the other end, however often it is decoded on the way. Throws `InvalidPathError` for an empty part, `.`, `..`, a slash,
 * a backslash or a control character, also when they are percent-encoded within the part.
 */
export function pathOf(parts: readonly PathPart[], query: Readonly<Record<string, QueryValue>> = {}): string {
  return `/${parts.map(encodePart).join('/')}${queryString(query)}`;
}

/** `?a=1&b=2`, or nothing. Undefined values are left out; a list repeats its name. */
export function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    for (const one of values) search.append(name, one);
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** A value from outside that cannot be a path segment: nothing was sent. */
export class InvalidPathError extends ProblemError {
  constructor() {
    super({
      type: 'invalid-path',
      status: 400,
      title: 'Bad request',
      detail: 'An id in this request has characters that no id has.',
    });
    this.name = 'InvalidPathError';
  }
}

/** As deep as anybody could have encoded it on purpose. */
const decodingLimit = 5;

// oxlint-disable-next-line no-control-regex -- exactly what no segment may hold
const forbidden = /[/\\\u0000-\u001f\u007f]|\p{Cs}/u;

export function encodePart(part: PathPart): string {
  const text = String(part);
  let decoded = text;
  for (let depth = 0; ; depth++) {
    if (decoded === '' || decoded === '.' || decoded === '..' || forbidden.test(decoded)) throw new InvalidPathError();
    const next = decodeOnce(decoded);
    if (next === decoded) return encodeURIComponent(text);
    if (depth >= decodingLimit) throw new InvalidPathError();
    decoded = next;
  }
}

/** Escapes that are none, such as `100%`, stay as they are. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // No UTF-8: the separators among the bytes are ASCII and are found one by one.
      return escapes.replace(/%([0-7][\da-f])/gi, (_escape, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    }
  });
}
