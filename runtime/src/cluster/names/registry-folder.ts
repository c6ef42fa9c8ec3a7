import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type RegistryEntry, entryFile, isAlive, isEntryFile, readEntry } from './registry-entry.ts';
import { registryFolderForeign } from './errors.ts';

/**
 * Creates the folder, accessible to this user only. Rejects when it belongs to another user, who could hijack name
 * resolution.
 */
export async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await stat(folder);
  const currentUid = process.getuid?.();
  if (currentUid !== undefined && uid !== currentUid && currentUid !== 0) throw registryFolderForeign(folder);
}

/** Changes with every entry that is added or removed; undefined while there is no folder. */
export async function folderVersion(folder: string): Promise<number | undefined> {
  try {
    return (await stat(folder)).mtimeMs;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

/** Entries of running processes. Files of dead ones are removed on the way. */
export async function readEntries(folder: string): Promise<RegistryEntry[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  const entries = await Promise.all(names.filter(isEntryFile).map((name) => readLiving(join(folder, name))));
  return entries.filter((entry) => entry !== undefined);
}

/** Readers see the complete entry or none. */
export async function writeEntry(folder: string, entry: RegistryEntry): Promise<void> {
  const name = entryFile(entry);
  const draft = join(folder, `${name}.draft`);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(entry));
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
}

export async function removeEntry(folder: string, entry: RegistryEntry): Promise<void> {
  await rm(join(folder, entryFile(entry)), { force: true });
}

async function readLiving(path: string): Promise<RegistryEntry | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    // it was removed since the folder was listed
    if (isMissing(cause)) return '';
    throw cause;
  });
  const entry = readEntry(text);
  if (entry && isAlive(entry.pid)) return entry;
  if (text !== '') await rm(path, { force: true });
  return undefined;
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}
