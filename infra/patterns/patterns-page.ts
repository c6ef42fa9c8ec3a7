/** A pattern as docs/patterns.md describes it. */
export interface Pattern {
  readonly name: string;
  readonly text: string;
  readonly tests: readonly PatternTest[];
  /** What breaks without it, by the page. */
  readonly without: string;
}

export interface PatternTest {
  readonly file: string;
  /** Undefined: all tests of the file. */
  readonly testName: string | undefined;
}

export interface PageLink {
  readonly label: string;
  readonly symbol: string | undefined;
  readonly file: string;
  readonly testName: string | undefined;
}

/** `[file#symbol](../file)`, and the name of a test after a link to a test file. */
export const linksOf = (text: string): readonly PageLink[] =>
  [...text.matchAll(/\[([\w./-]+)(?:#(\w+))?\]\(\.\.\/([\w./-]+)\)(?:: ([^;\n]+))?/g)].map(
    ([, label = '', symbol, file = '', testName]) => ({ label, symbol, file, testName: testName?.trim() }),
  );

export function patternsOf(page: string): readonly Pattern[] {
  return page
    .split(/^### /m)
    .slice(1)
    .filter((text) => !text.includes('```mermaid'))
    .map((text) => ({
      name: (text.split('\n')[0] ?? '').replaceAll("'", '’'),
      text,
      tests: linksOf(text)
        .filter(({ file }) => file.endsWith('.test.ts'))
        .map(({ file, testName }) => ({ file, testName })),
      without: /^- Without it: (.+)$/m.exec(text)?.[1] ?? '',
    }));
}
