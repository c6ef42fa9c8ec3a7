import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './testing.ts';

/** A Redis of a test's own, that writes down what it is told before it answers, and may be killed and come back. */
export interface TestServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  start(): Promise<void>;
  /** SIGKILL: nothing is said goodbye to. */
  kill(): Promise<void>;
  /** Forgets everything; only while it is down. */
  wipe(): Promise<void>;
}

/** Skips what needs a server that may be killed. */
export const redisBinary = process.env.TEST_REDIS_SERVER ?? '';

export async function testServer(more: readonly string[] = []): Promise<TestServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  let child: ReturnType<typeof spawn> | undefined;

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const server: TestServer = {
    address: `127.0.0.1:${port}`,
    async start() {
      const at = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
      child = spawn(redisBinary, [...at, '--appendonly', 'yes', '--save', '', ...more], { stdio: 'ignore' });
      const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 50 });
      client.on('error', () => {});
      client.connect().catch(() => {});
      await eventually(() => client.status === 'ready' || client.status === 'connect', 'the server');
      client.disconnect();
    },
    kill,
    async wipe() {
      await rm(join(folder, 'appendonlydir'), { recursive: true, force: true });
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}
