import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { digestOf, sourceFiles } from './bundle-sources.ts';
import type { Bundle } from './bundles.ts';
import { root } from './folders.ts';
import { rolldownConfig, runRolldown } from './rolldown.ts';

/** A running program loads parts of its bundle lazily, so the bundle that it started from must stay. */
const storedBundles = 5;

/**
 * Builds a bundle unless one of the same sources exists, and resolves with its folder. Rejects when none can be built, with a
 * `StartError` when the bundler rejects the sources. The programs can then still run from source.
 */
export async function makeBundle(
  bundle: Bundle,
  begin: () => (how?: string) => void,
  dist = resolve(root, bundle.home, 'dist'),
): Promise<string> {
  const files = sourceFiles(bundle.sources, resolve(root, bundle.home));
  const name = digestOf({
    config: rolldownConfig(bundle),
    maker: sourceFiles(['infra/launcher/rolldown.ts'], root),
    files,
  });
  const madeFrom = JSON.stringify({ folder: name, files });
  const stamp = join(dist, 'made-from.json');
  const folder = join(dist, name);
  if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === madeFrom) return folder;
  const done = begin();
  const draft = join(dist, `.draft-${process.pid}`);
  try {
    mkdirSync(draft, { recursive: true });
    await runRolldown(bundle, draft);
    // It is complete before another process can see it, and a faster process has built the same.
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const now = new Date();
  utimesSync(folder, now, now);
  writeFileSync(`${stamp}.${process.pid}`, madeFrom);
  renameSync(`${stamp}.${process.pid}`, stamp);
  removeOld(dist);
  done();
  return folder;
}

function removeOld(dist: string): void {
  const bundles = readdirSync(dist)
    .map((name) => join(dist, name))
    .filter((path) => /^[\da-f]{16}$/.test(basename(path)))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of bundles.slice(storedBundles)) rmSync(path, { recursive: true, force: true });
}
