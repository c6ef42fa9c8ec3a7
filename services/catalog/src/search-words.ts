/** Words that say nothing about a product; a search of nothing else keeps them. */
const fillers = new Set([
  'a',
  'an',
  'and',
  'the',
  'for',
  'of',
  'in',
  'on',
  'with',
  'to',
  'or',
  'my',
  'i',
  'is',
  'at',
  'by',
]);

/** The words of a search, lower case, at most eight, each safe as a lexeme of `to_tsquery`. */
export function searchWords(q: string): readonly string[] {
  const words = (q.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 8);
  const telling = words.filter((word) => !fillers.has(word));
  return telling.length === 0 ? words : telling;
}

/**
 * The nearest known word for each that is known by no beginning; undefined when nothing can be bettered. One slip is
 * forgiven in a word of four letters, two from eight on.
 */
export function correctedWords(words: readonly string[], vocabulary: readonly string[]): readonly string[] | undefined {
  const corrected = words.map((word) => {
    if (word.length < 4 || vocabulary.some((known) => known.startsWith(word))) return word;
    const limit = word.length < 8 ? 1 : 2;
    let best = word;
    let fewest = limit + 1;
    for (const known of vocabulary) {
      const slips = slipsBetween(word, known, fewest - 1);
      if (slips < fewest) [best, fewest] = [known, slips];
    }
    return best;
  });
  return corrected.some((word, i) => word !== words[i]) ? corrected : undefined;
}

/** How many letters were dropped, added, changed or swapped with their neighbour; `limit + 1` when more than `limit`. */
function slipsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min(cell(previous, j) + 1, cell(row, j - 1) + 1, cell(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, cell(before, j - 2) + 1);
      row.push(slips);
    }
    [before, previous] = [previous, row];
  }
  return Math.min(cell(previous, b.length), limit + 1);
}

const cell = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY;
