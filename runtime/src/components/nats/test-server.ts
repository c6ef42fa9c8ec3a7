import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';

/** A NATS server of a test's own, that may be killed and come back on the same port with the same files. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL: nothing is said goodbye to. */
  kill(): Promise<void>;
  /** Forgets every stream; only while it is down. */
  wipe(): Promise<void>;
}

export async function testServer(
  binary: string,
  login?: { readonly user: string; readonly pass: string },
): Promise<TestServer> {
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const store = await mkdtemp(join(tmpdir(), 'jetstream-'));
  let child: ReturnType<typeof spawn> | undefined;

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const server: TestServer = {
    url,
    async start() {
      const secured = login ? ['--user', login.user, '--pass', login.pass] : [];
      const options = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', store, ...secured];
      child = spawn(binary, options, { stdio: 'ignore' });
      await answering(url, login);
    },
    kill,
    wipe: () => rm(store, { recursive: true, force: true }),
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(store, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function answering(url: string, login: object = {}): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const nats = await connect({ servers: url, timeout: 500, ...login });
      return await nats.close();
    } catch (cause) {
      if (attempt > 50) throw cause;
      await wait(100);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
