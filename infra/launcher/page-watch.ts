import { join } from 'node:path';
import { StartError } from '../servers/server.ts';
import { root } from './folders.ts';
import { buildFrontend } from './frontend-build.ts';
import type { Terminal } from './terminal.ts';
import { type FolderWatch, watchFolders } from './watch-folders.ts';

/** The sources of the pages. */
const sources = [join(root, 'frontend'), join(root, 'services/contracts/src')];

/** Builds the pages again when their sources change. The storefront serves the new files; the page has to be reloaded. */
export function watchPages(progress: Pick<Terminal, 'step' | 'print' | 'problem'>): FolderWatch {
  return watchFolders(sources, async () => {
    try {
      await buildFrontend(() => progress.step('Pages built again; reload the page in the browser'));
    } catch (cause) {
      if (!(cause instanceof StartError)) throw cause;
      progress.problem(cause.message, cause.fix);
    }
  });
}
