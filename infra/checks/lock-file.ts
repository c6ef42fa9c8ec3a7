import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly workspaces?: readonly string[];
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, Manifest>>;
}

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** The command that updates package-lock.json without installing anything. */
export const lockFileFix = 'npm install --package-lock-only';

/** Differences between package-lock.json and the manifests of all workspaces: with one, `npm ci` fails in a fresh clone. */
export function lockFileProblems(root: string): readonly string[] {
  const read = (file: string): Manifest => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const folders = (read('package.json').workspaces ?? [])
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((folder) => folder.replaceAll('\\', '/'))
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
  const lockedFolders = Object.keys(lock.packages).filter((path) => path !== '' && !/(^|\/)node_modules\//.test(path));
  return [
    ...lockedFolders
      .filter((folder) => !folders.includes(folder))
      .map((folder) => `${folder} is locked, but is no workspace`),
    ...['', ...folders].flatMap((folder) => problemsOf(folder, read(join(folder, 'package.json')), lock)),
  ];
}

function problemsOf(folder: string, manifest: Manifest, { packages }: LockFile): readonly string[] {
  const label = folder === '' ? 'package.json' : folder;
  const locked = packages[folder];
  if (!locked) return [`${label} is not locked`];
  const problems: string[] = [];
  if (folder !== '' && packages[`node_modules/${manifest.name}`]?.resolved !== folder)
    problems.push(`${label}: ${manifest.name} is not linked`);
  if ((manifest.version ?? '') !== (locked.version ?? ''))
    problems.push(`${label}: version ${manifest.version} is locked as ${locked.version}`);
  for (const group of groups) {
    const [declared, lockedVersions] = [manifest[group] ?? {}, locked[group] ?? {}];
    for (const name of new Set([...Object.keys(declared), ...Object.keys(lockedVersions)]))
      if (declared[name] !== lockedVersions[name])
        problems.push(
          `${label}: ${name} is ${declared[name] ?? 'absent'} in ${group}, locked as ${lockedVersions[name] ?? 'absent'}`,
        );
    if (group !== 'peerDependencies') problems.push(...versionProblems(label, folder, declared, packages));
  }
  return problems;
}

/** Versions are exact here (.npmrc), so they can be compared as text. */
function versionProblems(
  label: string,
  folder: string,
  declared: Readonly<Record<string, string>>,
  packages: LockFile['packages'],
): readonly string[] {
  return Object.entries(declared).flatMap(([name, version]) => {
    const installed = packages[`${folder}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
    if (!installed) return [`${label}: ${name} ${version} is not locked`];
    if (installed.link || !/^\d/.test(version) || installed.version === version) return [];
    return [`${label}: ${name} ${version} is locked at ${installed.version}`];
  });
}
