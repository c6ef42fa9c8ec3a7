import { existsSync, globSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCache } from '../launcher/folders.ts';
import { freePort } from '../launcher/ports.ts';
import { runTool } from './run-tool.ts';
import type { Print, Server } from './server.ts';

/** The script that becomes a node; it takes the file of the server, a folder and three ports. */
export const nodeScript = fileURLToPath(new URL('rabbitmq-node.sh', import.meta.url));

/** Where Debian's package has the program itself. The one on PATH accepts two users only. */
const inDebian = 'usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server';
const erlangParts =
  'base asn1 crypto eldap ftp inets mnesia os-mon parsetools public-key runtime-tools snmp ssl syntax-tools tftp tools xmerl';
const packages = ['rabbitmq-server', ...erlangParts.split(' ').map((part) => `erlang-${part}`)];
const downloadLimitMs = 120_000;
const unpackLimitMs = 60_000;

/**
 * The broker of `RABBITMQ_URL`, or the command to run one below `home`; undefined when none is available.
 * Only tests need one: the store does not.
 */
export async function rabbitmqServer(
  home: string,
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
): Promise<(Server & { readonly file?: string }) | undefined> {
  const url = env.RABBITMQ_URL || env.TEST_RABBITMQ_URL;
  if (url) return { url, origin: 'RABBITMQ_URL' };
  if (process.platform === 'win32') return undefined;
  const file = findRabbitmq(env) ?? (await unpackFromDebian(print));
  if (file === undefined) {
    print(
      'no rabbitmq-server found: tests that need one are skipped (Debian: apt install rabbitmq-server, macOS: brew install rabbitmq)',
    );
    return undefined;
  }
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  return {
    url: `amqp://127.0.0.1:${port}`,
    origin: file,
    file,
    command: {
      file: '/bin/sh',
      args: [nodeScript, file, join(home, 'rabbitmq'), ...[port, distPort, epmdPort].map(String)],
      port,
      stopSignal: 'SIGTERM',
    },
  };
}

/** The file of a `rabbitmq-server` that is installed. */
export function findRabbitmq(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const [installed] = globSync(`/${inDebian}`);
  if (installed !== undefined) return installed;
  return [...(env.PATH ?? '').split(delimiter), '/opt/homebrew/sbin', '/usr/local/sbin']
    .filter(Boolean)
    .map((folder) => join(folder, 'rabbitmq-server'))
    .find((file) => existsSync(file));
}

/** Debian's packages, unpacked into the user's cache: nothing is installed, so no service runs and no user is made. */
async function unpackFromDebian(print: Print): Promise<string | undefined> {
  const folder = join(userCache(), 'rabbitmq');
  const [unpacked] = globSync(join(folder, inDebian));
  if (unpacked !== undefined) return unpacked;
  if (!existsSync('/etc/debian_version')) return undefined;
  print('unpacking rabbitmq-server from Debian’s packages (33 MB, once) …');
  const partial = `${folder}.${process.pid}`;
  const archives = join(partial, 'archives');
  mkdirSync(archives, { recursive: true });
  try {
    if (!(await download(archives))) return undefined;
    for (const name of readdirSync(archives)) {
      const unpack = ['-x', join(archives, name), partial];
      if ((await runTool('dpkg-deb', unpack, { limitMs: unpackLimitMs })).status !== 0) return undefined;
    }
    rmSync(archives, { recursive: true, force: true });
    moveErlang(partial, folder);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return globSync(join(folder, inDebian))[0];
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Its start script contains only the path where the package would be installed. */
function moveErlang(unpacked: string, folder: string): void {
  const file = join(unpacked, 'usr/lib/erlang/bin/erl');
  const script = readFileSync(file, 'utf8');
  writeFileSync(file, script.replaceAll('ROOTDIR=/usr/lib/erlang', `ROOTDIR='${join(folder, 'usr/lib/erlang')}'`));
}

async function download(folder: string): Promise<boolean> {
  const options = { cwd: folder, limitMs: downloadLimitMs };
  if ((await runTool('apt-get', ['download', '-q', ...packages], options)).status === 0) return true;
  // Without package lists nothing can be downloaded; only root can update them.
  if (process.getuid?.() !== 0) return false;
  await runTool('apt-get', ['update', '-q'], options);
  return (await runTool('apt-get', ['download', '-q', ...packages], options)).status === 0;
}
