/** One thing that a program tried. */
export interface Exercise {
  /** `state: keeps what another has not changed meanwhile`. */
  readonly name: string;
  /** Set when it did not work. */
  readonly failure?: string;
  /** Set when it could not be tried here. */
  readonly skip?: string;
}

export interface ExerciseReader {
  /** The exercises that this line completes: none or one. */
  line(text: string): readonly Exercise[];
  /** Those that the end of the output completes, and one failed exercise more when the output is not whole. */
  end(): readonly Exercise[];
}

/**
 * Reads the plain format in which a program in any language tells what it tried, the simplest part of TAP:
 *
 *     ok state: saves, reads and deletes
 *     not ok lock: a second owner waits
 *       expected false, got true
 *     ok crypto: opens what it sealed # SKIP no keys here
 *     1..3
 *
 * Indented lines belong to the failure above them; all other lines are noise. The last line counts the exercises, so that a
 * program that ended halfway is not taken for one that did all.
 */
export function exerciseReader(): ExerciseReader {
  let seen = 0;
  let planned: number | undefined;
  let failing: { readonly name: string; readonly reasons: string[] } | undefined;

  function finishFailing(): readonly Exercise[] {
    if (!failing) return [];
    const { name, reasons } = failing;
    failing = undefined;
    return [{ name, failure: reasons.join('\n') || 'no reason given' }];
  }

  return {
    line(text) {
      if (failing && /^\s+\S/.test(text)) {
        failing.reasons.push(text.replace(/^ {1,2}/, ''));
        return [];
      }
      const plan = /^1\.\.(\d+)$/.exec(text);
      if (plan) planned = Number(plan[1]);
      const match = /^(not )?ok (?:- )?(.+?)(?: # SKIP(?: (.*))?)?$/.exec(text);
      if (!match && !plan) return [];
      const before = finishFailing();
      if (!match) return before;
      seen++;
      const [, not, name = '', skip] = match;
      if (not) {
        failing = { name, reasons: [] };
        return before;
      }
      return [...before, text.includes(' # SKIP') ? { name, skip: skip ?? 'no reason given' } : { name }];
    },
    end() {
      const completeness = 'the program: tells all that it tried';
      const rest =
        planned === seen && seen > 0
          ? { name: completeness }
          : {
              name: completeness,
              failure: `told of ${seen} exercises, and ${planned === undefined ? 'never said how many there are' : `said there are ${planned}`}`,
            };
      return [...finishFailing(), rest];
    },
  };
}
