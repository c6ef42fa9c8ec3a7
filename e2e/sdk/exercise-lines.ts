/** One exercise of a program. */
export interface Exercise {
  /** Such as `state: a stale etag is rejected`. */
  readonly name: string;
  /** Set when it failed. */
  readonly failure?: string;
  /** Set when it was skipped. */
  readonly skip?: string;
}

export interface ExerciseReader {
  /** The exercises that this line completes: none or one. */
  line(text: string): readonly Exercise[];
  /** Those that the end of the output completes, and one that fails when the output is incomplete. */
  end(): readonly Exercise[];
}

/**
 * Parses the plain format in which a program in any language reports its exercises, a subset of TAP:
 *
 *     ok state: saves, reads and deletes
 *     not ok lock: a second owner waits
 *       expected false, got true
 *     ok crypto: decrypts what it encrypted # SKIP no keys here
 *     1..3
 *
 * Indented lines belong to the failure above them; all other lines are ignored. The last line is the number of exercises, so
 * that a program that ended early counts as failed.
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
      const completeness = 'the program: reports all its exercises';
      const rest =
        planned === seen && seen > 0
          ? { name: completeness }
          : {
              name: completeness,
              failure: `reported ${seen} exercises${planned === undefined ? ' and did not report their number' : ` of ${planned}`}`,
            };
      return [...finishFailing(), rest];
    },
  };
}
