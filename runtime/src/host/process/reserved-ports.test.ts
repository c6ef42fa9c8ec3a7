import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { test } from 'node:test';
import { reservePorts } from './reserved-ports.ts';

const host = '127.0.0.1';
const env = {};

/** That many currently free ports. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return ports;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function flags([http, grpc, internal, metrics]: readonly number[], ...more: readonly string[]): string[] {
  return [
    '--app-id=cart',
    `--dapr-listen-addresses=${host}`,
    `--dapr-internal-grpc-listen-address=${host}`,
    `--metrics-listen-address=${host}`,
    `--dapr-http-port=${http}`,
    `--dapr-grpc-port=${grpc}`,
    `--dapr-internal-grpc-port=${internal}`,
    `--metrics-port=${metrics}`,
    ...more,
  ];
}

/** Which of the ports are reserved. Releases them. */
function areReserved(args: readonly string[], ports: readonly number[], at: string = host): boolean[] {
  const reserved = reservePorts(args, env);
  return ports.map((port) => {
    const { handle } = reserved.take({ host: at, port }) as { readonly handle?: { close(): void } };
    handle?.close();
    return handle !== undefined;
  });
}

async function connectResult(port: number): Promise<string> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (cause) {
    return String((cause as { code?: unknown }).code);
  } finally {
    socket.destroy();
  }
}

test('reservePorts: a reserved port rejects connections until a server takes it over', async () => {
  const ports = await freePorts(4);
  const [port = 0] = ports;
  const reserved = reservePorts(flags(ports), env);
  assert.equal(await connectResult(port), 'ECONNREFUSED');
  await using server = createServer((socket) => socket.destroy());
  server.listen(reserved.take({ host, port }));
  await once(server, 'listening');
  assert.equal(portOf(server), port);
  reserved.close();
  assert.equal(await connectResult(port), 'connected');
});

test('reservePorts: a port is handed out once, so a restarted server binds it as usual', async () => {
  const ports = await freePorts(4);
  const [port = 0] = ports;
  const reserved = reservePorts(flags(ports), env);
  for (const hasHandle of [true, false]) {
    await using server = createServer();
    const address = reserved.take({ host, port });
    assert.equal('handle' in address, hasHandle);
    server.listen(address);
    await once(server, 'listening');
    assert.equal(portOf(server), port);
  }
  reserved.close();
  assert.deepEqual(reserved.take({ host, port: ports[1] ?? 0 }), { host, port: ports[1] });
});

test('reservePorts: exactly the ports to be listened on are reserved', async () => {
  const ports = await freePorts(5);
  const all = flags(ports, `--dapr-public-port=${ports[4]}`, `--dapr-public-listen-address=${host}`);
  assert.deepEqual(areReserved(all, ports), [true, true, true, true, true]);
  assert.deepEqual(areReserved([...all, '--enable-metrics=false'], ports), [true, true, true, false, true]);
  assert.deepEqual(areReserved([...all, '--unix-domain-socket=/nowhere'], ports), [false, false, true, true, true]);
  assert.deepEqual(areReserved([...all, '--dapr-listen-addresses=localhost'], ports, 'localhost')[0], false);
  const everywhere = [...all, '--dapr-listen-addresses=', '--dapr-internal-grpc-listen-address=0.0.0.0'];
  assert.deepEqual(areReserved(everywhere, ports, '').slice(0, 3), [true, true, true]);
});

test('reservePorts: --help, --version and invalid flags reserve nothing', async () => {
  const ports = await freePorts(4);
  for (const flag of ['--help', '--version', '--build-info', '--wait', '--no-such-flag', '--log-level=loud'])
    assert.deepEqual(areReserved(flags(ports, flag), ports), [false, false, false, false], flag);
});

test('reservePorts: a port in use is not reserved', async () => {
  const ports = await freePorts(4);
  await using other = createServer().listen(ports[1], host);
  await once(other, 'listening');
  assert.deepEqual(areReserved(flags(ports), ports), [true, false, true, true]);
});

test('reservePorts: a port taken first by another process fails with EADDRINUSE, which is retried', async () => {
  const ports = await freePorts(4);
  const [port = 0] = ports;
  const reserved = reservePorts(flags(ports), env);
  await using other = createServer().listen(port, host);
  await once(other, 'listening');
  const late = createServer().listen(reserved.take({ host, port }));
  reserved.close();
  await assert.rejects(once(late, 'listening'), { code: 'EADDRINUSE' });
});
