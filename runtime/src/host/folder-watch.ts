import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

export interface FolderWatchOptions {
  readonly folders: readonly string[];
  /** Called some time after something changed, and every so often. Never twice at one time; must not reject. */
  readonly onChange: () => Promise<void>;
  /** How often to look although nothing was told: not every file system tells. */
  readonly reconcileMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files are written in several steps; a pause so long says that they are whole. */
const settleMs = 200;

/** Watches folders (not their subfolders) until closed. `close` waits for a change that is being dealt with. */
export function folderWatch({ folders, onChange, reconcileMs, clock, log }: FolderWatchOptions): {
  close(): Promise<void>;
} {
  let isClosed = false;
  let running = Promise.resolve();
  let cancel = (): void => {};
  const schedule = (delayMs: number): void => {
    cancel();
    if (!isClosed) cancel = clock.after(delayMs, reconcile);
  };
  const reconcile = (): void => {
    running = running.then(onChange).then(() => schedule(reconcileMs));
  };
  const watchers = folders.flatMap((folder): FSWatcher[] => {
    try {
      const watcher = watch(folder, { persistent: false }, () => schedule(settleMs));
      watcher.on('error', (cause) => log.warn({ folder, error: textOf(cause) }, 'the folder is no longer watched'));
      return [watcher];
    } catch (cause) {
      log.warn({ folder, error: textOf(cause) }, 'the folder cannot be watched');
      return [];
    }
  });
  schedule(reconcileMs);
  return {
    async close() {
      isClosed = true;
      cancel();
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };
}
