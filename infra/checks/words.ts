import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyNames, type ReplacedWord, replacedWords } from './word-list.ts';

/** Folders with one limit each; the first that matches a file counts. */
export const wordAreas: readonly (readonly [area: string, files: RegExp])[] = [
  ['runtime/sdk', /^runtime\/sdk\//],
  ['runtime/src/blocks', /^runtime\/src\/blocks\//],
  ['runtime/src/components', /^runtime\/src\/components\//],
  ['runtime', /^runtime\//],
  ['services', /^services\//],
  ['frontend', /^frontend\//],
  ['e2e', /^e2e\//],
  ['infra', /^(infra|\.github|\.ci)\/|^docker-compose\.yml$/],
  ['docs', /^docs\/|^[A-Z]+\.md$/],
];

/** Files with a text of others, names that are stored already, and the word list itself. */
const ignored =
  /(^|\/)(migrations|earlier-orders|upcasters)(\.test)?\.ts$|^runtime\/(gen|proto)\/|(^|\/)package(-lock)?\.json$|\.(sum|svg|png|woff2|ico)$|^infra\/compatibility\/conformance\.txt$|^infra\/checks\/(word-list|words\.test)\.ts$|^LICENSE$/;

/** Files whose strings a shopper reads: that voice is free. */
const shopperTexts =
  /^frontend\/(src|mock)\/|^services\/(contracts\/src\/order-texts\.ts|catalog\/src\/schema\/seed\/|storefront\/src\/(clients\/shop-services|routes\/shop)\.ts)/;

/** The code without its strings and the text between tags; comments stay. */
export const withoutTexts = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.replaceAll("{' '}", ' '))
    .map((line) => {
      if (/^\s*(\/\/|\/?\*)/.test(line)) return line;
      if (/^[^;=<>(){}[\]]*\w \w[^;=<>(){}[\]]*$/.test(line) && !/^\s*\w+: |^\s*(?:import|export|case) /.test(line))
        return '';
      return line
        .replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''")
        .replaceAll(/>[^<>{}]*</g, '><')
        .replace(/^\s+[A-Z][\w ,.'’!?-]*</, '<')
        .replaceAll(/>[^<>{}=;()]*$/g, '>');
    })
    .join('\n');

export interface WordUse {
  readonly area: string;
  readonly file: string;
  readonly line: number;
  readonly word: string;
}

export function areaOf(file: string): string | undefined {
  return ignored.test(file) ? undefined : wordAreas.find(([, files]) => files.test(file))?.[0];
}

/** Every use of a replaced word in these files, which are given as paths from `root`. */
export function wordUses(root: string, files: readonly string[]): readonly WordUse[] {
  return files.flatMap((file) => {
    const area = areaOf(file);
    if (area === undefined || !existsSync(join(root, file))) return [];
    const text = readFileSync(join(root, file), 'utf8');
    return wordsIn(shopperTexts.test(file) ? withoutTexts(text) : text).map(({ line, word }) => ({
      area,
      file,
      line,
      word,
    }));
  });
}

const byForm = new Map(replacedWords.flatMap((entry) => entry.forms.map((form) => [form, entry] as const)));
const phrases = [...byForm.keys()].filter((form) => form.includes(' '));
const phrasePattern = new RegExp(
  `\\b(?:${phrases.map((phrase) => phrase.replaceAll(' ', '\\s+')).join('|')})\\b`,
  'gi',
);
const emptyName = new RegExp(`\\b(?:const|let)\\s+(${emptyNames.join('|')})\\b`, 'g');

/** The replaced words of a text, in identifiers (by their camelCase parts), comments, strings and prose alike. */
export function wordsIn(text: string): readonly { readonly line: number; readonly word: string }[] {
  const lines = text.split('\n');
  return lines.flatMap((content, index) => {
    // An ordinary use may begin on the line before.
    const before = `${lines[index - 1]?.trimEnd() ?? ''} `;
    const isCounted = ({ 0: part, index: at }: RegExpExecArray): boolean => {
      const entry = byForm.get(part.toLowerCase().replaceAll(/\s+/g, ' '));
      return (
        entry !== undefined &&
        !isAllowed(entry, `${before}${content.trimStart()}`, before.length + at - indentOf(content))
      );
    };
    const words = [
      ...[...content.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g), ...content.matchAll(phrasePattern)].filter(isCounted),
      ...content.matchAll(emptyName),
    ];
    return words.map(([match, name]) => ({ line: index + 1, word: (name ?? match).toLowerCase() }));
  });
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function isAllowed({ allow = [] }: ReplacedWord, content: string, at: number): boolean {
  return allow.some((pattern) =>
    [...content.matchAll(pattern)].some(({ 0: text, index }) => index <= at && at < index + text.length),
  );
}

/** How many uses each area has; areas without any are 0. */
export function countByArea(uses: readonly WordUse[]): Readonly<Record<string, number>> {
  const counts = Object.fromEntries(wordAreas.map(([area]) => [area, 0]));
  for (const { area } of uses) counts[area] = (counts[area] ?? 0) + 1;
  return counts;
}
