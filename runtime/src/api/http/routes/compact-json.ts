/**
 * JSON text as Go embeds it in a response: without whitespace between tokens, and with HTML characters escaped; numbers
 * are unchanged. Undefined for invalid JSON.
 */
export function compactJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!compressible.test(text)) return text;
  return text.replace(stringOrSpaces, (part) => (part.startsWith('"') ? part.replace(unsafe, escape) : ''));
}

const compressible = /[\s<>&\u2028\u2029]/;
// one alternative per character would overflow at some ten million characters
const stringOrSpaces = /"[^"\\]*(?:\\.[^"\\]*)*"|\s+/g;
const unsafe = /[<>&\u2028\u2029]/g;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
