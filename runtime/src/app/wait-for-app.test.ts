import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { acceptsConnection } from './wait-for-app.ts';

test('acceptsConnection: a check leaves no local port in TIME_WAIT', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closed = new Promise<number>((resolve) => {
    server.once('connection', (socket) => {
      const local = socket.remotePort ?? 0;
      socket.on('error', () => {});
      socket.once('close', () => resolve(local));
      socket.resume();
    });
  });
  const { port } = server.address() as AddressInfo;
  assert.equal(await acceptsConnection(fakeClock(), `127.0.0.1:${port}`), true);
  const localPort = await closed;
  const again = createServer().listen(localPort, '127.0.0.1');
  await once(again, 'listening');
  again.close();
  server.close();
  await once(server, 'close');
  assert.equal(await acceptsConnection(fakeClock(), `127.0.0.1:${port}`), false);
});
