import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';

/** A broker for one test, which can be killed and restarted. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL: without a clean shutdown. */
  kill(): Promise<void>;
}

const startLimitMs = 60_000;

/** The path of a `rabbitmq-server`; empty without one. */
export const rabbitBinary = process.env.TEST_RABBITMQ_SERVER ?? '';

/** Arguments: the path of the server, a folder and three ports. Runs a node. */
const nodeScript = fileURLToPath(new URL('../../../../infra/servers/rabbitmq-node.sh', import.meta.url));

export async function testServer(): Promise<TestServer> {
  const [port, distPort, epmdPort] = await freePorts();
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'));
  const url = `amqp://127.0.0.1:${port}`;
  let child: ReturnType<typeof spawn> | undefined;

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const server: TestServer = {
    url,
    async start() {
      const args = [nodeScript, rabbitBinary, folder, ...[port, distPort, epmdPort].map(String)];
      child = spawn('/bin/sh', args, { stdio: 'ignore' });
      for (const giveUpAt = performance.now() + startLimitMs; ; await wait(100)) {
        const model = await connect(url).catch(() => undefined);
        if (model) return model.close();
        if (performance.now() > giveUpAt) throw new Error(`RabbitMQ did not start within ${startLimitMs / 1000} s`);
      }
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function freePorts(): Promise<readonly [number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
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
  const [first = 0, second = 0, third = 0] = ports;
  return [first, second, third];
}
