import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { isAlive } from './alive.ts';
import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** A port that is free now on loopback and that no other launcher of this user has chosen. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred)) && claim(preferred)) return preferred;
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = await anyPort();
    if (claim(port)) return port;
  }
  throw new Error('no free port found on 127.0.0.1');
}

const claims = join(tmpdir(), `outrigger-ports-${userInfo().uid}`);

/**
 * A port is chosen some time before its program binds it: until then a file with our process id reserves it. The file of a
 * process that has exited is ignored.
 */
function claim(port: number): boolean {
  mkdirSync(claims, { recursive: true });
  const file = join(claims, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  const holder = Number(readFileSync(file, 'utf8'));
  if (holder === process.pid || (holder > 0 && isAlive(holder))) return false;
  writeFileSync(file, String(process.pid));
  return true;
}

/**
 * Below the range from which the kernel takes ports for outgoing connections: the port of a service that restarts must be
 * free, not in use by a client.
 */
async function anyPort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found between 20000 and 32000');
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/** The program that holds a port, for people: `pid 4242 (node)`; undefined when it cannot be determined. */
export function holderOf(port: number): string | undefined {
  const ss = spawnSync('ss', ['-ltnpH', `sport = :${port}`], { encoding: 'utf8' });
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(ss.stdout ?? '');
  if (match) return `pid ${match[2]} (${commandOf(match[2] ?? '') ?? match[1]})`;
  const lsof = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
  const pid = /^p(\d+)/m.exec(lsof.stdout ?? '')?.[1];
  const command = /^c(.+)/m.exec(lsof.stdout ?? '')?.[1];
  return pid ? `pid ${pid} (${command ?? '?'})` : undefined;
}

/** The name of the started program. The kernel's name of a process may be that of a thread, such as Node's `MainThread`. */
export function commandOf(pid: string): string | undefined {
  try {
    const [file = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return basename(file) || undefined;
  } catch {
    // Not on this system, or the process of somebody else.
    return undefined;
  }
}

/** Resolves when something accepts connections; rejects after `limitMs` or when the signal aborts. */
export async function waitForPort(port: number, host: string, limitMs: number, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await accepts(port, host))) {
    signal?.throwIfAborted();
    if (Date.now() > end) throw new Error(`no connection to ${host}:${port} after ${limitMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.setTimeout(1000, () => socket.destroy(new Error('timeout')));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
