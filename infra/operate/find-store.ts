import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../launcher/alive.ts';
import { exitWithError, folderOption } from '../launcher/command-line.ts';
import { foldersOf, root } from '../launcher/folders.ts';
import { readRunningFile, type RunningFile } from '../launcher/running-file.ts';

export interface DiscoveredStore {
  /** Its `running.json`. */
  readonly file: string;
  /** For `--home`; undefined for the folder that commands use without it. */
  readonly home?: string;
  readonly isRunning: boolean;
  readonly running: RunningFile;
}

/** The stores that npm start has started from this checkout (or with `--home`), running ones first. */
export function findStores(home?: string, base = join(root, '.outrigger')): readonly DiscoveredStore[] {
  const homes = home === undefined ? [base, ...copiesBelow(base)] : [home];
  return homes
    .flatMap((folder): DiscoveredStore[] => {
      const file = foldersOf(folder).runningFile;
      try {
        const running = readRunningFile(file);
        const isDefault = folder === join(root, '.outrigger');
        return [{ file, running, isRunning: isAlive(running.pid), ...(isDefault ? {} : { home: folder }) }];
      } catch {
        // Not there, or half-written by a launcher that ended at once.
        return [];
      }
    })
    .toSorted((a, b) => Number(b.isRunning) - Number(a.isRunning));
}

/** As `findStores`, for a program with the text of its `--home`: prints what is wrong with it and exits. */
export function storesOrExit(home: string | undefined): readonly DiscoveredStore[] {
  try {
    return findStores(folderOption('--home', home));
  } catch (cause) {
    return exitWithError(cause);
  }
}

function copiesBelow(base: string): readonly string[] {
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .filter((name) => name.startsWith('copy-'))
    .map((name) => join(base, name));
}
