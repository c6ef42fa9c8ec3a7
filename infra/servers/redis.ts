import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../launcher/ports.ts';
import { runTool } from './run-tool.ts';
import type { Print, Server } from './server.ts';

const executable = process.platform === 'win32' ? 'redis-server.exe' : 'redis-server';
const aptLimitMs = 60_000;

/**
 * The server of `REDIS_URL`, or the command to run one without persistence; undefined when none is available.
 * Only tests need one: the store does not.
 */
export async function redisServer(
  home: string,
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Server | undefined> {
  if (env.REDIS_URL) return { url: env.REDIS_URL, origin: 'REDIS_URL' };
  const file = findRedis(env) ?? ((await installByApt(print, env)) ? findRedis(env) : undefined);
  if (file === undefined) {
    print(
      'no redis-server on PATH: tests that need one are skipped (Debian: apt install redis-server, macOS: brew install redis)',
    );
    return undefined;
  }
  const port = await freePort();
  const folder = join(home, 'redis');
  mkdirSync(folder, { recursive: true });
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder];
  return {
    url: `redis://127.0.0.1:${port}`,
    origin: file,
    command: { file, args, port, stopSignal: 'SIGTERM' },
  };
}

/** The file of a `redis-server` on PATH. */
export function findRedis(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, executable))
    .find((file) => existsSync(file));
}

/** As root on Debian and its derivatives, such as in CI. True when it succeeded. */
async function installByApt(print: Print, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  print('installing redis-server with apt-get (once) …');
  // With this run level its package starts no service.
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, limitMs: aptLimitMs };
  const install = ['install', '-y', '-q', '--no-install-recommends', 'redis-server'];
  if ((await runTool('apt-get', install, options)).status === 0) return true;
  // Without package lists nothing can be installed.
  await runTool('apt-get', ['update', '-q'], options);
  return (await runTool('apt-get', install, options)).status === 0;
}
