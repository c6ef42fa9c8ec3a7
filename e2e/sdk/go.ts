import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Language, Missing } from './language.ts';
import { cachedFolder, requireTool, runStep } from './toolchain.ts';

const sources = join(import.meta.dirname, 'go');

/** Compiled once into one program, which runs as two apps. */
export const go: Language = {
  name: 'Go',
  async prepare({ print }) {
    const [, requiredVersion = ''] = /^go (\S+)$/m.exec(readFileSync(join(sources, 'go.mod'), 'utf8')) ?? [];
    const installedVersion = (await requireTool('go', 'env', 'GOVERSION')).replace('go', '');
    if (installedVersion.localeCompare(requiredVersion, 'en', { numeric: true }) < 0)
      throw new Missing(`the SDK needs Go ${requiredVersion} or newer, here is ${installedVersion}`);
    const madeFrom = ['go.mod', 'go.sum', ...globSync('*.go', { cwd: sources }).toSorted()];
    const name = process.platform === 'win32' ? 'proof.exe' : 'proof';
    const build = await cachedFolder(
      `go${installedVersion}`,
      madeFrom.map((file) => join(sources, file)),
      async (folder) => {
        print('fetching dapr/go-sdk and compiling it with gRPC (minutes, once) …');
        await runStep(
          'go',
          ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', join(folder, name), '.'],
          // Without C the result does not depend on the machine.
          { cwd: sources, limitMs: 600_000, env: { ...process.env, CGO_ENABLED: '0' } },
        );
      },
    );
    return (['http', 'grpc'] as const).map((appProtocol) => ({
      name: `over ${appProtocol === 'http' ? 'HTTP' : 'gRPC'}`,
      appId: `go-${appProtocol}`,
      appProtocol,
      file: join(build, name),
      args: [appProtocol],
      cwd: build,
    }));
  },
};
