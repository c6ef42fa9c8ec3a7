import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `dist/made-from.json`: which bundle there is, and what it was made from. */
interface MadeFrom {
  /** Of the bundle, below `dist`. */
  readonly folder: string;
  /** Size and time of the last change, in whole seconds, of each source file, by its path from `home`. */
  readonly files: Readonly<Record<string, readonly [size: number, changedAt: number]>>;
}

/**
 * The path of the bundled program below `home`, if there is one and no file that it was made from has changed since. Sizes and
 * times are compared, not contents, which would take as long as the bundle saves. Times in seconds, since the layers
 * of an image keep no more.
 */
export function freshBundle(home: string): string | undefined {
  const madeFrom = readMadeFrom(join(home, 'dist/made-from.json'));
  if (!madeFrom) return undefined;
  for (const [path, [size, changedAt]] of Object.entries(madeFrom.files)) {
    const facts = statSync(join(home, path), { throwIfNoEntry: false });
    if (facts?.size !== size || Math.floor(facts.mtimeMs / 1000) !== changedAt) return undefined;
  }
  const program = join(home, 'dist', madeFrom.folder, 'program.cjs');
  return statSync(program, { throwIfNoEntry: false }) ? program : undefined;
}

function readMadeFrom(path: string): MadeFrom | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as MadeFrom;
}
