import { StartError } from '../servers/server.ts';

/** One place in one file that names every service. `remove` undoes `add` to the byte. */
export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  add(text: string): string;
  remove(text: string): string;
}

/** Adds `block` directly before (or after) the only occurrence of `anchor`. */
export function insertion(file: string, anchor: string, block: string, side: 'before' | 'after' = 'before'): Edit {
  return {
    file,
    add(text) {
      if (text.includes(block)) return text;
      const at = onlyIndexOf(file, text, anchor);
      const position = side === 'before' ? at : at + anchor.length;
      return text.slice(0, position) + block + text.slice(position);
    },
    remove: (text) => text.replace(block, () => ''),
  };
}

/** Adds `item` at the end of the list that `pattern` captures as its only group. */
export function listItem(file: string, pattern: RegExp, item: string, separator: string): Edit {
  const change = (text: string, edit: (list: readonly string[]) => readonly string[]): string => {
    const match = pattern.exec(text);
    const list = match?.[1];
    if (!match || list === undefined) throw missing(file, String(pattern));
    const start = match.index + match[0].indexOf(list);
    const next = edit(list.split(separator)).join(separator);
    return text.slice(0, start) + next + text.slice(start + list.length);
  };
  return {
    file,
    add: (text) => change(text, (list) => (list.includes(item) ? list : [...list, item])),
    remove: (text) => change(text, (list) => list.filter((other) => other !== item)),
  };
}

function onlyIndexOf(file: string, text: string, anchor: string): number {
  const at = text.indexOf(anchor);
  if (at === -1 || text.includes(anchor, at + 1)) throw missing(file, anchor.trim());
  return at;
}

const missing = (file: string, what: string): StartError =>
  new StartError(
    `${file} does not have exactly one place like ${what}.`,
    'Restore that place, or make the change by hand: npm run check names what is missing.',
  );
