import { type FSWatcher, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { StartError } from '../servers/server.ts';
import { root } from './folders.ts';
import { buildFrontend } from './frontend-build.ts';
import type { Terminal } from './terminal.ts';

/** What the pages are made of. */
const sources = [join(root, 'frontend'), join(root, 'services/contracts/src')];
/** An editor writes a file in several steps. */
const settleMs = 150;

export interface PageWatch {
  close(): void;
}

/** Builds the pages again when their sources change. The storefront serves the new files; the page has to be reloaded. */
export function watchPages(show: Pick<Terminal, 'step' | 'say' | 'problem'>): PageWatch {
  return watchFolders(sources, async () => {
    try {
      await buildFrontend(() => show.step('Pages built again; reload the page in the browser'));
    } catch (cause) {
      if (!(cause instanceof StartError)) throw cause;
      show.problem(cause.message, cause.fix);
    }
  });
}

/** Calls `changed` after changes below `folders`, once at a time: a change during a call leads to another one. */
export function watchFolders(folders: readonly string[], changed: () => Promise<void>): PageWatch {
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isDue = false;
  const run = async (): Promise<void> => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    while (isDue) {
      isDue = false;
      await changed();
    }
    isRunning = false;
  };
  const watchers: readonly FSWatcher[] = folders.map((folder) =>
    watch(folder, { recursive: true }, (_event, file) => {
      if (file !== null && !isSource(file)) return;
      clearTimeout(timer);
      timer = setTimeout(() => void run(), settleMs);
    }),
  );
  for (const watcher of watchers)
    watcher.on('error', () => {
      // A folder that was removed: what is still there is watched on.
    });
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

const isSource = (file: string): boolean =>
  !file.split(sep).some((part) => part === 'node_modules' || part === 'dist' || part.startsWith('.'));
