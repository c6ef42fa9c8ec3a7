import { copyFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from './language.ts';
import { cachedFolder, requireTool, runStep } from './toolchain.ts';

const sources = join(import.meta.dirname, 'js');
const manifests = ['package.json', 'package-lock.json'];

/** Run by the Node that runs the tests. */
export const javascript: Language = {
  name: 'JavaScript',
  async prepare({ home, print }) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    await requireTool(npm, '--version');
    const packages = await cachedFolder(
      'js',
      manifests.map((name) => join(sources, name)),
      async (folder) => {
        print('fetching @dapr/dapr from npm (40 MB, once) …');
        for (const name of manifests) copyFileSync(join(sources, name), join(folder, name));
        await runStep(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
          cwd: folder,
          limitMs: 180_000,
        });
      },
    );
    // Node resolves packages in parent folders of a module, so the sources are copied beside the packages.
    cpSync(sources, home, { recursive: true, filter: (path) => !path.includes('node_modules') });
    symlinkSync(join(packages, 'node_modules'), join(home, 'node_modules'), 'junction');
    return (['http', 'grpc'] as const).map((appProtocol) => ({
      name: `over ${appProtocol === 'http' ? 'HTTP' : 'gRPC'}`,
      appId: `js-${appProtocol}`,
      appProtocol,
      file: process.execPath,
      args: [join(home, `${appProtocol}.js`)],
      cwd: home,
    }));
  },
};
