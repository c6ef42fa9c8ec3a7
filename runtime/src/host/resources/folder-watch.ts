import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

export interface FolderWatchOptions {
  readonly folders: readonly string[];
  /** Called shortly after a change, and periodically. Never concurrently; must not reject. */
  readonly onChange: () => Promise<void>;
  /** How often to check without a notification: not every file system sends them. */
  readonly reconcileMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Files are written in several steps; they are complete after a pause of this length. */
const settleMs = 200;

/** Watches folders (not their subfolders) until closed. `close` waits for the change being handled. */
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
      watcher.on('error', (cause) => log.warn({ folder, error: textOf(cause) }, 'watching the folder failed'));
      return [watcher];
    } catch (cause) {
      log.warn({ folder, error: textOf(cause) }, 'watching the folder failed');
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
