/** Removed from a search, unless nothing else remains. */
const stopWords = new Set([
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

/** The terms of a search, lower case, at most eight, each safe as a lexeme of `to_tsquery`. */
export function searchTerms(q: string): readonly string[] {
  const words = (q.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 8);
  const significant = words.filter((word) => !stopWords.has(word));
  return significant.length === 0 ? words : significant;
}

/**
 * The nearest word of the vocabulary for each term that is no prefix of one; undefined when nothing is corrected. One edit is
 * allowed in a term of four characters, two from eight on.
 */
export function correctTypos(words: readonly string[], vocabulary: readonly string[]): readonly string[] | undefined {
  const corrected = words.map((word) => {
    if (word.length < 4 || vocabulary.some((candidate) => candidate.startsWith(word))) return word;
    const limit = word.length < 8 ? 1 : 2;
    let best = word;
    let minEdits = limit + 1;
    for (const candidate of vocabulary) {
      const edits = editDistance(word, candidate, minEdits - 1);
      if (edits < minEdits) [best, minEdits] = [candidate, edits];
    }
    return best;
  });
  return corrected.some((word, i) => word !== words[i]) ? corrected : undefined;
}

/** Optimal string alignment: deletions, insertions, substitutions and swaps; `limit + 1` when more than `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(cell(previous, j) + 1, cell(row, j - 1) + 1, cell(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, cell(before, j - 2) + 1);
      row.push(edits);
    }
    [before, previous] = [previous, row];
  }
  return Math.min(cell(previous, b.length), limit + 1);
}

const cell = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY;
