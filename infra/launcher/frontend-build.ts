import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runTool } from '../servers/run-tool.ts';
import { StartError } from '../servers/server.ts';
import { root } from './folders.ts';
import { replaceFolder } from './replace-folder.ts';

const frontend = join(root, 'frontend');
const dist = join(frontend, 'dist');

/** Bundles the frontend unless a bundle of the same sources exists. Returns its folder. */
export async function buildFrontend(begin: () => (how?: string) => void): Promise<string> {
  const stamp = join(dist, '.made-from');
  const fingerprint = fingerprintOf();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return dist;
  const done = begin();
  const vite = join(
    dirname(createRequire(join(frontend, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  );
  // Hidden: neither the watch on the sources nor their fingerprint includes it.
  const outputFolder = join(frontend, `.dist-${process.pid}`);
  const { status, output } = await runTool(
    process.execPath,
    [vite, 'build', '--logLevel', 'warn', '--outDir', outputFolder],
    {
      cwd: frontend,
      limitMs: 180_000,
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    },
  );
  if (status !== 0) {
    rmSync(stamp, { force: true });
    rmSync(outputFolder, { recursive: true, force: true });
    throw new StartError(
      `The frontend cannot be bundled:\n${output.trim()}`,
      'Correct what vite names; npm run check shows type errors.',
    );
  }
  replaceFolder(dist, outputFolder);
  writeFileSync(stamp, fingerprint);
  done();
  return dist;
}

/** A hash over all that goes into the bundle. */
function fingerprintOf(): string {
  const hash = createHash('sha256');
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name))) {
      if (['node_modules', 'dist'].includes(entry.name) || entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) add(path);
      else hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  };
  add(frontend);
  add(join(root, 'services/contracts/src'));
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex');
}
