import { join, relative, sep } from 'node:path';
import type { Program } from '../topology.ts';
import { root } from './folders.ts';
import type { Supervised } from './supervised.ts';
import { type FolderWatch, watchFolders } from './watch-folders.ts';

const sources = [join(root, 'services'), join(root, 'runtime/sdk/src')];
/** Sources that every service uses. */
const shared = ['services/kit/', 'services/contracts/', 'runtime/sdk/'];
const stopLimitMs = 3000;

/** Restarts the services whose sources change. */
export function watchServices(
  programs: readonly Pick<Program, 'app' | 'main'>[],
  running: readonly Supervised[],
  restarted: (names: readonly string[], files: readonly string[]) => void,
): FolderWatch {
  return watchFolders(
    sources,
    async (files) => {
      const paths = files.map((file) => relative(root, file).split(sep).join('/'));
      const names = appsBuiltFrom(paths, programs);
      await Promise.all(running.filter(({ name }) => names.includes(name)).map((each) => each.restart(stopLimitMs)));
      if (names.length > 0) restarted(names, paths);
    },
    { isSource: (file) => /\.(ts|json)$/.test(file) && !file.endsWith('.test.ts') },
  );
}

/** The apps that are built from one of these files, given as paths from the root folder. */
export function appsBuiltFrom(
  files: readonly string[],
  programs: readonly Pick<Program, 'app' | 'main'>[],
): readonly string[] {
  const isShared = files.some((file) => shared.some((folder) => file.startsWith(folder)));
  const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');
  const folders = new Set(files.map(folderOf));
  return programs.filter(({ main }) => isShared || folders.has(folderOf(main))).map(({ app }) => app);
}
