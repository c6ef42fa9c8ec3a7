import { createHash } from 'node:crypto';
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
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { runTool } from '../servers/run-tool.ts';
import { StartError } from '../servers/server.ts';
import { root } from './folders.ts';

const home = join(root, 'runtime');
/** A sidecar that runs loads a part of its bundle when a component needs it: what it began with must stay. */
const keptBundles = 5;

/**
 * Makes a few files of the thousand that a sidecar loads, unless that was done from these very sources: it starts in half the
 * time and holds 35 MB less. `runtime/src/main.ts` takes the bundle for as long as no source file changes. Rejects with a
 * `StartError`; the sidecar runs from source all the same.
 */
export async function bundleSidecar(begin: () => (how?: string) => void, dist = join(home, 'dist')): Promise<void> {
  const files = sources();
  const name = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const madeFrom = JSON.stringify({ entry: `${name}/program.cjs`, files });
  const stamp = join(dist, 'made-from.json');
  const folder = join(dist, name);
  if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === madeFrom) return;
  const done = begin();
  const draft = join(dist, `.draft-${process.pid}`);
  try {
    await rolldown(draft);
    for (const file of readdirSync(draft)) writeAscii(join(draft, file));
    // it is complete before anybody can find it; who was faster has made the same
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
}

type Files = Record<string, [size: number, changedAt: number]>;

/** All that may go into the bundle, as `runtime/src/host/fresh-bundle.ts` compares it. */
function sources(): Files {
  const files: Files = {};
  const add = (path: string): void => {
    const { size, mtimeMs } = statSync(path);
    files[relative(home, path)] = [size, Math.floor(mtimeMs / 1000)];
  };
  const addAll = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) addAll(path);
      else if (/(?<!\.(test|testing|conformance|bench))\.ts$/.test(entry.name)) add(path);
    }
  };
  for (const folder of ['src', 'gen']) addAll(join(home, folder));
  add(join(home, 'package.json'));
  add(join(root, 'package-lock.json'));
  return files;
}

/** The bundler that Vite brings. CommonJS: an import of `node:http` as a module would load all that it can load lazily. */
async function rolldown(folder: string): Promise<void> {
  const vite = createRequire(join(root, 'frontend/package.json')).resolve('vite/package.json');
  const bundler = join(dirname(createRequire(vite).resolve('rolldown/package.json')), 'bin/cli.mjs');
  mkdirSync(folder, { recursive: true });
  const args = [
    join(home, 'src/compose/program.ts'),
    '--dir',
    folder,
    '--format',
    'cjs',
    '--platform',
    'node',
    '--no-comments',
  ];
  const names = ['--entry-file-names', '[name].cjs', '--chunk-file-names', '[name]-[hash].cjs', '--logLevel', 'silent'];
  const { status, output } = await runTool(process.execPath, [bundler, ...args, ...names], {
    cwd: root,
    limitMs: 60_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0 || !existsSync(join(folder, 'program.cjs')))
    throw new StartError(
      `The sidecar cannot be bundled:\n${output.trim()}`,
      'It runs from source all the same; npm run check may say more.',
    );
}

/** One letter beyond Latin-1 would have the engine keep the whole file at two bytes for each letter. */
function writeAscii(path: string): void {
  const text = readFileSync(path, 'utf8').replace(/\\[^]|[^\0-\x7f]/g, (found) => {
    const unit = found.charCodeAt(found.length - 1);
    return unit < 0x80 ? found : `\\u${unit.toString(16).padStart(4, '0')}`;
  });
  writeFileSync(path, text);
}

function removeOld(dist: string): void {
  const bundles = readdirSync(dist)
    .map((name) => join(dist, name))
    .filter((path) => /^[\da-f]{16}$/.test(basename(path)))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of bundles.slice(keptBundles)) rmSync(path, { recursive: true, force: true });
}
