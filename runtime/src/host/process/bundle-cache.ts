import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `dist/made-from.json`: the current bundle and its source files. */
interface BundleManifest {
  /** The bundle's folder, below `dist`. */
  readonly folder: string;
  /** Size and time of the last change, in whole seconds, of each source file, by its path from `home`. */
  readonly files: Readonly<Record<string, readonly [size: number, changedAt: number]>>;
}

/**
 * The path of the bundled program below `home`, if there is one and none of its source files has changed. Sizes and
 * times are compared, not contents, which would take as long as the bundle saves. Times are in seconds, the precision
 * of image layers.
 */
export function cachedBundle(home: string): string | undefined {
  const manifest = readManifest(join(home, 'dist/made-from.json'));
  if (!manifest) return undefined;
  for (const [path, [size, changedAt]] of Object.entries(manifest.files)) {
    const stats = statSync(join(home, path), { throwIfNoEntry: false });
    if (stats?.size !== size || Math.floor(stats.mtimeMs / 1000) !== changedAt) return undefined;
  }
  const program = join(home, 'dist', manifest.folder, 'program.cjs');
  return statSync(program, { throwIfNoEntry: false }) ? program : undefined;
}

function readManifest(path: string): BundleManifest | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as BundleManifest;
}
