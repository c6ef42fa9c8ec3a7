import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';
import type { Plugin } from 'vite';

const withoutParser = createRequire(import.meta.url).resolve('@formatjs/icu-messageformat-parser/no-parser.js');

/** Parses the ICU messages of `src/messages/en` at build time, so that the browser needs no parser. */
export const compiledMessages = (): Plugin => ({
  name: 'compiled-messages',
  config: () => ({
    resolve: { alias: [{ find: /^@formatjs\/icu-messageformat-parser$/, replacement: withoutParser }] },
  }),
  async load(id) {
    if (!/\/src\/messages\/en\/[\w-]+\.ts$/.test(id)) return undefined;
    const catalogues: Record<string, Record<string, string>> = await import(`${pathToFileURL(id).href}?${Date.now()}`);
    return Object.entries(catalogues)
      .map(([name, catalogue]) => `export const ${name} = ${JSON.stringify(compile(catalogue))};`)
      .join('\n');
  },
});

const compile = (catalogue: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(catalogue).map(([id, message]) => {
      const elements = parse(message);
      const [only] = elements;
      return [id, elements.length === 1 && only?.type === TYPE.literal ? only.value : elements];
    }),
  );
