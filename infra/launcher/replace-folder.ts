import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Moves the files of a new folder over those of the old one while a server reads it: each file exists at every moment.
 * Pages are moved last, since they name the other files; then unused files are removed.
 */
export function replaceFolder(target: string, source: string): void {
  const files = filesIn(source).toSorted((a, b) => Number(isPage(a)) - Number(isPage(b)));
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    renameSync(join(source, file), join(target, file));
  }
  const isNew = new Set(files);
  for (const file of filesIn(target)) if (!isNew.has(file)) rmSync(join(target, file));
  rmSync(source, { recursive: true, force: true });
}

const isPage = (file: string): boolean => /\.html(\.\w+)?$/.test(file);

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
