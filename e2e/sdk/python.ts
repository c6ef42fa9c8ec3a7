import { join } from 'node:path';
import type { Language } from './language.ts';
import { cachedFolder, requireTool, runStep } from './toolchain.ts';

const sources = join(import.meta.dirname, 'python');

export const python: Language = {
  name: 'Python',
  async prepare({ print }) {
    const tool = process.platform === 'win32' ? 'python' : 'python3';
    const check =
      'import sys, venv, ensurepip; assert sys.version_info >= (3, 10), "the SDK needs Python 3.10 or newer"';
    await requireTool(tool, '-c', check);
    const version = await requireTool(tool, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])');
    const requirements = join(sources, 'requirements.txt');
    const environment = await cachedFolder(`python${version}`, [requirements], async (folder) => {
      print('fetching dapr from PyPI (40 MB, once) …');
      await runStep(tool, ['-m', 'venv', folder], { limitMs: 60_000 });
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
      await runStep(pythonOf(folder), install, { limitMs: 240_000 });
    });
    return (['http', 'grpc'] as const).map((appProtocol) => ({
      name: `over ${appProtocol === 'http' ? 'HTTP' : 'gRPC'}`,
      appId: `python-${appProtocol}`,
      appProtocol,
      file: pythonOf(environment),
      args: [join(sources, `${appProtocol}_app.py`)],
      cwd: sources,
      // Nothing is written beside the sources, and every call of the SDK has a timeout.
      env: { PYTHONDONTWRITEBYTECODE: '1', DAPR_HEALTH_TIMEOUT: '20', DAPR_API_TIMEOUT_SECONDS: '20' },
    }));
  },
};

function pythonOf(environment: string): string {
  return process.platform === 'win32' ? join(environment, 'Scripts/python.exe') : join(environment, 'bin/python');
}
