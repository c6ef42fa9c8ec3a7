import { isUtf8 } from 'node:buffer';
import { isTooDeep, memberValue, skipSpace, stringEnd, valueEnd } from './go-scan.ts';
import { textOfBytes } from './mapped-buffer.ts';

/**
 * JSON with the additional rules of Go's protojson: invalid UTF-8, duplicate names and numbers out of range are errors.
 * Throws SyntaxError.
 */
export function parseProtoJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError('invalid UTF-8');
  const text = textOfBytes(bytes);
  if (isTooDeep(text)) throw new SyntaxError('exceeded max recursion depth');
  const value: unknown = JSON.parse(text);
  const members = countMembers(value);
  // JSON.parse returns one of several duplicates: then the text has more names than the value
  if ((text.match(/"\s*:/g)?.length ?? 0) > members) rejectDuplicates(text);
  return value;
}

function countMembers(root: unknown): number {
  let count = 0;
  const remaining: unknown[] = [root];
  while (remaining.length > 0) {
    const value = remaining.pop();
    if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('a number is out of range');
    if (typeof value === 'string' && !value.isWellFormed()) throw new SyntaxError('a string has half a surrogate pair');
    if (typeof value !== 'object' || value === null) continue;
    const parts: readonly unknown[] = Object.values(value);
    if (!Array.isArray(value)) count += parts.length;
    for (const part of parts) remaining.push(part);
  }
  return count;
}

function rejectDuplicates(text: string): void {
  const remaining = [skipSpace(text, 0)];
  for (let at = remaining.pop(); at !== undefined; at = remaining.pop()) {
    const bracket = text[at] === '{' ? '}' : ']';
    if (text[at] !== '{' && text[at] !== '[') continue;
    const names = new Set<string>();
    for (let next = skipSpace(text, at + 1); text[next] !== bracket;) {
      if (bracket === '}') {
        const name = JSON.parse(text.slice(next, stringEnd(text, next))) as string;
        if (names.has(name)) throw new SyntaxError(`duplicate field ${JSON.stringify(name)}`);
        names.add(name);
        next = memberValue(text, next);
      }
      remaining.push(next);
      next = skipSpace(text, valueEnd(text, next));
      if (text[next] === ',') next = skipSpace(text, next + 1);
    }
  }
}
