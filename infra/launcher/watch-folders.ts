import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join, sep } from 'node:path';

/** An editor writes a file in several steps, and git many files. */
const defaultSettleMs = 150;

export interface FolderWatch {
  close(): void;
}

export interface WatchOptions {
  /** Whether a changed file counts; all do when absent. */
  readonly isSource?: (file: string) => boolean;
  readonly settleMs?: number;
}

/**
 * Calls `changed` with the files below `folders` that were written, made or removed, once at a time: what changes during a
 * call leads to another one.
 *
 * Folders are watched and not files: an editor that saves by replacing the file leaves a watch on the old one, which never
 * reports again. An event only triggers a comparison; the changed files are determined from the disk.
 */
export function watchFolders(
  folders: readonly string[],
  changed: (files: readonly string[]) => Promise<void>,
  { isSource = () => true, settleMs = defaultSettleMs }: WatchOptions = {},
): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isClosed = false;

  const schedule = (): void => {
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void run(), settleMs);
  };

  const close = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  /** A folder may have been removed and created again: then its old watch reports nothing. */
  const onEvent = (folder: string, event: string, name: string | null): void => {
    if (event === 'rename' && name !== null) {
      const path = join(folder, name);
      for (const each of watchers.keys()) if (each === path || each.startsWith(path + sep)) close(each);
    }
    schedule();
  };

  /** Watches the existing folders; true when one of them is new. */
  const follow = (current: ReadonlySet<string>): boolean => {
    for (const folder of watchers.keys()) if (!current.has(folder)) close(folder);
    const added = [...current].filter((folder) => !watchers.has(folder));
    for (const folder of added) {
      const watcher = watchFolder(folder, (event, name) => onEvent(folder, event, name));
      if (watcher) watchers.set(folder, watcher);
    }
    return added.some((folder) => watchers.has(folder));
  };

  /** Scans until no folder is new: files may appear in a folder before it is watched. */
  const scan = (): ReadonlyMap<string, string> => {
    let tree = readTree(folders);
    while (follow(tree.folders)) tree = readTree(folders);
    return tree.files;
  };

  let previous = scan();
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      for (;;) {
        const now = scan();
        const files = [...new Set([...previous.keys(), ...now.keys()])]
          .filter((file) => previous.get(file) !== now.get(file) && isSource(file))
          .toSorted();
        previous = now;
        if (files.length === 0) return;
        await changed(files);
        if (isClosed) return;
      }
    } finally {
      isRunning = false;
    }
  };
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const folder of watchers.keys()) close(folder);
    },
  };
}

function watchFolder(folder: string, changed: (event: string, name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(folder, changed).on('error', () => changed('change', null));
  } catch (cause) {
    // Removed since it was listed: its parent's watch reports that.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

interface Tree {
  readonly folders: ReadonlySet<string>;
  /** Each with a text that differs after each change. */
  readonly files: ReadonlyMap<string, string>;
}

function readTree(roots: readonly string[]): Tree {
  const folders = new Set<string>();
  const files = new Map<string, string>();
  const add = (path: string): void => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile()) files.set(path, `${stats.size} ${stats.mtimeMs}`);
    if (!stats?.isDirectory()) return;
    folders.add(path);
    for (const name of namesIn(path)) if (!isIgnored(name)) add(join(path, name));
  };
  for (const folder of roots) add(folder);
  return { folders, files };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Removed since it was listed.
    return [];
  }
}

/** Files that tools install, build and cache, and an editor's backups. */
const isIgnored = (name: string): boolean =>
  name === 'node_modules' || name === 'dist' || name.startsWith('.') || name.endsWith('~');
