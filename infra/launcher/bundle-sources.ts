import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { root } from './folders.ts';

/** Size and time of the last change, in whole seconds, of each file, by its path from the bundle's home. */
export type SourceFiles = Readonly<Record<string, readonly [size: number, changedAt: number]>>;

/**
 * All files that may go into a bundle. Sizes and times stand for the contents, which would take as long to read as a bundle
 * saves. `runtime/src/host/process/bundle-cache.ts` compares them in the same way.
 */
export function sourceFiles(sources: readonly string[], home: string): SourceFiles {
  const files: Record<string, readonly [number, number]> = {};
  const add = (path: string): void => {
    const { size, mtimeMs } = statSync(path);
    files[relative(home, path)] = [size, Math.floor(mtimeMs / 1000)];
  };
  const addAll = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) addAll(path);
      } else if (isSource(entry.name)) add(path);
    }
  };
  for (const source of sources) {
    const path = resolve(root, source);
    if (statSync(path).isDirectory()) addAll(path);
    else add(path);
  }
  return files;
}

const ignoredFolders: ReadonlySet<string> = new Set(['node_modules', 'dist']);

const isSource = (name: string): boolean =>
  name === 'package.json' || /(?<!\.(test|testing|conformance|bench))\.ts$/.test(name);

/** Names what a bundle is made of and how. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
