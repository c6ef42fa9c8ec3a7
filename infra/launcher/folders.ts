import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '../servers/server.ts';
import { isAlive } from './alive.ts';
import { makePrivateFolder } from './private-file.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface Folders {
  /** Data, logs and `running.json` of this copy of the store. */
  readonly home: string;
  readonly logs: string;
  readonly runningFile: string;
  /** Where sidecars of this copy register their addresses. */
  readonly registry: string;
}

/**
 * `.outrigger`, or `.outrigger/copy-2`, `copy-3`, … while earlier ones are in use: a second store starts beside the first.
 */
export function chooseFolders(base = join(root, '.outrigger')): Folders {
  for (let copy = 1; ; copy++) {
    const folders = foldersOf(copy === 1 ? base : join(base, `copy-${copy}`));
    if (launcherOf(folders) === undefined) return folders;
  }
}

export function foldersOf(home: string): Folders {
  return { home, logs: join(home, 'logs'), runningFile: join(home, 'running.json'), registry: join(home, 'names') };
}

/**
 * Creates the folders, closed to other users. As root, others may traverse `home` without listing it, because Postgres
 * runs as another user and its data may be there. A folder that contains foreign files retains its mode.
 */
export function makeFolders({ home, logs, registry }: Folders, isRoot = userInfo().uid === 0): void {
  try {
    const isStoreFolder = !existsSync(home) || readdirSync(home).every((name) => storeEntries.test(name));
    if (isStoreFolder) makePrivateFolder(home, isRoot ? 0o711 : 0o700);
    makePrivateFolder(logs);
    makePrivateFolder(registry);
  } catch (cause) {
    throw new StartError(
      `The folder ${home} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Name a folder that this user can write to: npm start -- --home DIR.',
      { cause },
    );
  }
}

const storeEntries =
  /^(logs|names|nats|nats\.conf(\.\d+)?|postgres|daprd|compile-cache|(running|secrets)\.json(\.\d+)?|\w+-\d+)$/;

/** The process id of the launcher that uses these folders now. */
export function launcherOf(folders: Folders): number | undefined {
  if (!existsSync(folders.runningFile)) return undefined;
  try {
    const { pid } = JSON.parse(readFileSync(folders.runningFile, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' && isAlive(pid) ? pid : undefined;
  } catch {
    // Half-written by a launcher that crashed: free.
    return undefined;
  }
}

/** Fetched servers are stored here, once for all checkouts. Root's is a shared folder, since Postgres runs as another user. */
export function userCache(env: NodeJS.ProcessEnv = process.env): string {
  if (env.OUTRIGGER_CACHE) return resolve(env.OUTRIGGER_CACHE);
  if (userInfo().uid === 0) return '/var/cache/outrigger';
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/outrigger');
  if (process.platform === 'win32') return join(env.LOCALAPPDATA ?? homedir(), 'outrigger');
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'outrigger');
}

/** Whether every user can traverse the folder: all its ancestors have `x` for others. */
export function isReachableByAll(folder: string): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}
