import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';

/** A server of a test's own that survives SIGKILL with its data, and may come back. */
export interface TestServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Keeps its connections and answers nothing until `resume`. */
  pause(): void;
  resume(): void;
}

/** A Python program that is the server; without it what needs a server that may be killed is skipped. */
const program = process.env.TEST_MONGODB_SERVER ?? '';
export const skipWithoutServer = program === '' ? 'TEST_MONGODB_SERVER is not set' : false;

export async function testServer(more: readonly string[] = []): Promise<TestServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'mongodb-'));
  const place = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', folder, '--cache-size', '64M'];
  let child: ReturnType<typeof spawn> | undefined;

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const server: TestServer = {
    address: `127.0.0.1:${port}`,
    async start() {
      child = spawn('python3', [program, ...place, '--log-level', 'ERROR', ...more], { stdio: 'ignore' });
      const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, { serverSelectionTimeoutMS: 15_000 });
      await client.connect();
      await client.close();
    },
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
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
