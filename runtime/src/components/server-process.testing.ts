import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A server for one test, with a port and a folder that it gets again each time it is started. */
export interface ServerProcess extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** Resolves once it takes connections. */
  start(): Promise<void>;
  /** SIGKILL: it has no time to write anything or to close its connections. */
  kill(): Promise<void>;
  /** It keeps its connections and does not respond until `resume`. */
  pause(): void;
  resume(): void;
  /** Removes its data; only while it is down. */
  wipe(): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  /** Clients connect to the first one. */
  readonly portCount?: number;
  readonly command: (ports: readonly number[], folder: string) => readonly [file: string, ...args: string[]];
  /** Connects once as a client and closes; rejects while the server is starting. Without it a TCP connection is enough. */
  readonly connect?: (port: number) => Promise<unknown>;
}

const startLimitMs = 60_000;

/** Starts it. */
export async function serverProcess({
  name,
  portCount = 1,
  command,
  connect = connectOnce,
}: ServerCommand): Promise<ServerProcess> {
  const ports = await freePorts(portCount);
  const [port = 0] = ports;
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  let child: ChildProcess | undefined;

  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = async (): Promise<void> => {
    if (!child || !isRunning()) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const server: ServerProcess = {
    address: `127.0.0.1:${port}`,
    async start() {
      const [file, ...args] = command(ports, folder);
      child = spawn(file, args, { stdio: 'ignore' });
      // a program that cannot be started has an exit code, too
      child.on('error', () => {});
      for (const giveUpAt = performance.now() + startLimitMs; ; await wait(50)) {
        try {
          await connect(port);
          return;
        } catch (cause) {
          if (!isRunning()) throw new Error(`${name} ended before it took connections (${file})`, { cause });
          if (performance.now() > giveUpAt)
            throw new Error(`${name} does not take connections after ${startLimitMs / 1000} s`, { cause });
        }
      }
    },
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async wipe() {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (cause) {
    await server[Symbol.asyncDispose]();
    throw cause;
  }
  return server;
}

async function connectOnce(port: number): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
}

/** Held together until all are known: one alone could be given out twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}
