import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A server for one test, which keeps its port and its folder when it is restarted. */
export interface ServerProcess extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** Its data. */
  readonly folder: string;
  /** Resolves when it accepts connections. */
  start(): Promise<void>;
  /** SIGKILL: without a clean shutdown. */
  kill(): Promise<void>;
  /** Connections stay open without responses until `resume`. */
  pause(): void;
  resume(): void;
  /** Removes its data; only while it is stopped. */
  wipe(): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  /** The number of ports; clients connect to the first one. */
  readonly portCount?: number;
  readonly command: (ports: readonly number[], folder: string) => readonly [file: string, ...args: string[]];
  /** Connects as a client and closes; rejects while the server is starting. Default: a TCP connection. */
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
    folder,
    async start() {
      const [file, ...args] = command(ports, folder);
      child = spawn(file, args, { stdio: 'ignore' });
      // a program that cannot be started also sets the exit code
      child.on('error', () => {});
      for (const giveUpAt = performance.now() + startLimitMs; ; await wait(50)) {
        try {
          await connect(port);
          return;
        } catch (cause) {
          if (!isRunning()) throw new Error(`${name} ended before it accepted connections (${file})`, { cause });
          if (performance.now() > giveUpAt)
            throw new Error(`${name} does not accept connections after ${startLimitMs / 1000} s`, { cause });
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

/** All ports are bound until all are known: a released port could be returned twice. */
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
