import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of a service. It appears complete and disappears at once, so that an interrupted command can be undone. */
export interface ServiceFolder {
  exists(): boolean;
  /** This command has written it. */
  isGenerated(): boolean;
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

/** Of service `app` in the repository at `root`. */
export function serviceFolder(root: string, app: string): ServiceFolder {
  const folder = join(root, 'services', app);
  // Not matched by `services/*`, so no workspace.
  const unfinished = join(root, 'services', `.${app}`);
  return {
    exists: () => existsSync(folder),
    isGenerated: () => existsSync(join(folder, 'src/queries/order-records.ts')),
    write(files) {
      rmSync(unfinished, { recursive: true, force: true });
      for (const [file, text] of Object.entries(files)) {
        const path = join(unfinished, file.slice(`services/${app}/`.length));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      renameSync(unfinished, folder);
    },
    remove() {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(folder)) return;
      renameSync(folder, unfinished);
      rmSync(unfinished, { recursive: true });
    },
  };
}
