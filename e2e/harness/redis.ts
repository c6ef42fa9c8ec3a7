import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../infra/launcher/ports.ts';
import { findRedis } from '../../infra/servers/redis.ts';
import { eventually } from './store.ts';

/** A Redis for one test. By default it writes each change to disk before it confirms it. */
export interface RestartableRedis {
  readonly port: number;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];

export async function startRedis(home: string, durability: readonly string[] = durable): Promise<RestartableRedis> {
  const file = findRedis();
  if (file === undefined) throw new Error('no redis-server on PATH');
  const port = await freePort();
  const folder = join(home, 'redis');
  mkdirSync(folder, { recursive: true });
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  const start = async (): Promise<void> => {
    child = spawn(file, [...args, ...durability], { stdio: 'ignore' });
    await eventually(
      'Redis accepting connections',
      () => accepts(port),
      (isUp) => isUp,
      10_000,
    );
  };
  await start();
  return { port, start, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
