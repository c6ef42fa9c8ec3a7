import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Texts within JSX that are no texts to translate: the name of the store in its header. */
const allowed = new Set(['Tidewater', 'Outfitters']);

/** Attributes that a shopper reads, or a screen reader reads aloud. */
const textAttributes = /\b(?:label|title|aria-label|placeholder|alt|what)="([^"]*[A-Za-z]{2}[^"]*)"/g;
/** Between a tag or an expression and the next tag; code between `>` and `<` has other characters. */
const textNodes = /(?:[>}])([^<>{}=;()]*[A-Za-z]{2}[^<>{}=;()]*)(?:<\/|\{)/g;

/** Literal texts in the JSX of one file; they belong in `frontend/src/messages`. */
export function literalTexts(source: string): readonly string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const texts = [...code.matchAll(textAttributes), ...code.matchAll(textNodes)].map(([, text = '']) => text.trim());
  return texts.filter(
    (text) => !allowed.has(text) && !/^(?:else|export|const|return|import|from|interface|type)\b|[[\]|`&]/.test(text),
  );
}

/** The ids of all messages that no source file names, as a literal or by a template. */
export function unusedMessages(root: string): readonly string[] {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const sources = pageFiles(root, '{ts,tsx}')
    .filter((file) => !file.includes('/messages/'))
    .map(read)
    .join('\n');
  const templates = [...sources.matchAll(/`([\w.-]*\$\{[^`]+\}[\w.-]*)`/g)].map(
    ([, template = '']) => new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]+')}$`),
  );
  return globSync('frontend/src/messages/en/*.ts', { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/^ {2}'?([\w.-]+)'?:/gm)]
      .map(([, id = '']) => id)
      .filter((id) => !sources.includes(`'${id}'`) && !templates.some((template) => template.test(id)))
      .map((id) => `${file}: ${id}`),
  );
}

export const pageFiles = (root: string, extension: string): readonly string[] =>
  globSync(`frontend/src/**/*.${extension}`, { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.includes('.test.') && !file.includes('/art/'));
