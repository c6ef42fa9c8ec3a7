import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { limitConnections } from './connection-limits.ts';
import type { ConnectionLimits } from './connection-limits.ts';

async function open(limits: ConnectionLimits) {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/wait') waiting.push(response);
    else response.end('ok');
  });
  limitConnections(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    waiting,
    async connection() {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function send(socket: Socket, path = '/'): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: shop\r\n\r\n`);
  const [part] = (await once(socket, 'data')) as [Buffer];
  return part.toString().split('\r\n')[0] ?? '';
}

test('connection limits: one above the limit of an address closes the longest idle one', async () => {
  await using server = await open({ perAddress: 2, total: 100 });
  const first = await server.connection();
  await send(first);
  const second = await server.connection();
  await send(second);
  await send(first);
  const third = await server.connection();
  await once(second, 'close');
  assert.equal(await send(first), 'HTTP/1.1 200 OK');
  assert.equal(await send(third), 'HTTP/1.1 200 OK');
});

test('connection limits: without an idle connection the new one is closed, until another ends', async () => {
  const dropped: string[] = [];
  await using server = await open({ perAddress: 2, total: 100, onDropped: (reason) => void dropped.push(reason) });
  const [first, second] = [await server.connection(), await server.connection()];
  const responses = [send(first, '/wait'), send(second, '/wait')];
  while (server.waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await once(await server.connection(), 'close');
  assert.deepEqual(dropped, ['address']);
  for (const response of server.waiting) response.end('late');
  assert.deepEqual(await Promise.all(responses), ['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  assert.equal(await send(await server.connection()), 'HTTP/1.1 200 OK', 'an idle one made room');
});

test('connection limits: all addresses together have a limit too, also behind a proxy', async () => {
  const dropped: string[] = [];
  await using server = await open({
    perAddress: undefined,
    total: 2,
    onDropped: (reason) => void dropped.push(reason),
  });
  const first = await server.connection();
  await send(first);
  await send(await server.connection());
  const third = await server.connection();
  await once(first, 'close');
  assert.equal(await send(third), 'HTTP/1.1 200 OK');
  assert.deepEqual(dropped, ['total']);
});
