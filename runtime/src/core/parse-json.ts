/** As upstream's store encoding has it; JavaScript's own functions overflow the stack at a few thousand. */
const deepest = 1000;

const quote = 0x22;
const backslash = 0x5c;

/**
 * `JSON.parse` for what strangers send: the result can be walked and written again without overflowing the stack. Throws
 * SyntaxError when the text is no JSON, RangeError when it is nested deeper than 1000 levels.
 */
export function parseJson(text: string): unknown {
  // a short text has no room for so many brackets
  if (text.length > 2 * deepest && isTooDeep(text))
    throw new RangeError(`JSON is nested deeper than ${deepest} levels`);
  return JSON.parse(text);
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > deepest) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      default:
    }
  }
  return false;
}

/** Where the string that begins at `start` ends, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}
