import { renameSync, writeFileSync } from 'node:fs';

/** The file has the old text or the new one, even when this process is killed: it is never written in place. */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text);
  renameSync(next, path);
}
