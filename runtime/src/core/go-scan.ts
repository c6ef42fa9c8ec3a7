/** The deepest nesting that Go's encoding/json reads. */
export const maxDepth = 10_000;

const quote = 0x22;
const backslash = 0x5c;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literalPattern = /true|false|null/y;
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The position of the next token. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/**
 * Validates one JSON value of any depth, without recursion, and returns its end; following text is not read. Throws
 * SyntaxError with the messages of Go's scanner: `unexpected EOF` when the text ends first, `EOF` when it is empty.
 */
export function valueEnd(text: string, from: number): number {
  /** The closing brackets to come, the innermost last. */
  const closing: string[] = [];
  let at = skipSpace(text, from);
  if (at >= text.length) throw new SyntaxError('EOF');
  for (;;) {
    const first = text[at];
    if (first === '{' || first === '[') {
      const bracket = first === '{' ? '}' : ']';
      if (closing.push(bracket) > maxDepth) throw new SyntaxError('exceeded max depth');
      at = skipSpace(text, at + 1);
      if (text[at] !== bracket) {
        if (first === '{') at = memberValue(text, at);
        continue;
      }
    } else at = scalarEnd(text, at);
    at = nextValue(text, at, closing);
    if (closing.length === 0) return at;
  }
}

/** Closes ended containers and moves to the value after the comma, or past the whole value when nothing is open. */
function nextValue(text: string, from: number, closing: string[]): number {
  let at = from;
  while (closing.length > 0) {
    const bracket = closing[closing.length - 1];
    at = skipSpace(text, at);
    if (text[at] === bracket) {
      closing.pop();
      at += 1;
    } else if (text[at] === ',') {
      at = skipSpace(text, at + 1);
      return bracket === '}' ? memberValue(text, at) : at;
    } else throw invalidCharacter(text, at, `after ${bracket === '}' ? 'object key:value pair' : 'array element'}`);
  }
  return at;
}

/** The position after a member's name and colon. */
export function memberValue(text: string, from: number): number {
  if (text.charCodeAt(from) !== quote) throw invalidCharacter(text, from, 'looking for beginning of object key string');
  const colon = skipSpace(text, stringEnd(text, from));
  if (text[colon] !== ':') throw invalidCharacter(text, colon, 'after object key');
  return skipSpace(text, colon + 1);
}

function scalarEnd(text: string, from: number): number {
  if (text.charCodeAt(from) === quote) return stringEnd(text, from);
  numberPattern.lastIndex = from;
  if (numberPattern.test(text)) return numberRest(text, numberPattern.lastIndex);
  literalPattern.lastIndex = from;
  if (literalPattern.test(text)) return literalPattern.lastIndex;
  // a truncated literal or number at the end of the text
  const isCut = /^(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-)?$/.test(text.slice(from));
  throw isCut ? new SyntaxError('unexpected EOF') : invalidCharacter(text, from, 'looking for beginning of value');
}

/** Rejects an incomplete fraction or exponent; `01` is rejected by the check after a value. */
function numberRest(text: string, end: number): number {
  const next = text[end];
  if (next === '.') throw invalidCharacter(text, end + 1, 'after decimal point in numeric literal');
  if (next === 'e' || next === 'E') throw invalidCharacter(text, end + 1, 'in exponent of numeric literal');
  return end;
}

/** The position after the string that begins at `from`. */
export function stringEnd(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) {
      escapePattern.lastIndex = at;
      if (!escapePattern.test(text)) throw invalidCharacter(text, at + 1, 'in string escape code');
      at = escapePattern.lastIndex;
    } else if (code >= 0x20) at += 1;
    else throw invalidCharacter(text, at, 'in string literal');
  }
}

/** Whether a text is nested deeper than Go reads. Brackets within strings are ignored. */
export function isTooDeep(text: string): boolean {
  // a shorter text cannot contain so many brackets
  if (text.length <= 2 * maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = closingQuote(text, at);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

/** The closing quote of the string that begins at `start`, or the end of the text. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}

function invalidCharacter(text: string, at: number, where: string): SyntaxError {
  if (at >= text.length) return new SyntaxError('unexpected EOF');
  return new SyntaxError(
    `invalid character ${quotedCharacter(String.fromCodePoint(text.codePointAt(at) ?? 0))} ${where}`,
  );
}

/** As Go quotes a character. */
function quotedCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  return `'${JSON.stringify(character).slice(1, -1).replace('\\"', '"')}'`;
}
