import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fails the build when the scripts of the first page exceed the budget, gzipped. */
export const scriptBudget = ({ firstPageBytes }: { readonly firstPageBytes: number }): Plugin => ({
  name: 'script-budget',
  apply: 'build',
  generateBundle(_options, bundle) {
    const entry = Object.values(bundle).find((chunk) => chunk.type === 'chunk' && chunk.isEntry);
    if (entry?.type !== 'chunk') return;
    let bytes = 0;
    for (const file of [entry.fileName, ...entry.imports]) {
      const chunk = bundle[file];
      if (chunk?.type === 'chunk') bytes += gzipSync(chunk.code, { level: 9 }).length;
    }
    this.info(`the first page loads ${Math.round(bytes / 1024)} kB of script, gzipped`);
    if (bytes > firstPageBytes) {
      this.error(
        `The first page loads ${bytes} bytes of script, gzipped; the budget is ${firstPageBytes}. Load a page lazily in src/app.tsx.`,
      );
    }
  },
});
