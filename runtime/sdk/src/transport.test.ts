import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { httpTransport } from './transport.ts';
import type { TransportRequest } from './transport.ts';

async function open(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transport = httpTransport(`http://127.0.0.1:${port}`);
  return {
    send: (request: Partial<TransportRequest> = {}) =>
      transport.send({ method: 'GET', path: '/', headers: {}, timeoutMs: 5_000, ...request }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await transport.close();
      server.close();
    },
  };
}

test('httpTransport: status, headers and a body of several chunks', async () => {
  await using sidecar = await open((request, response) => {
    request.resume().on('end', () => {
      response.writeEarlyHints({ link: '</a>' });
      response.writeHead(201, { 'X-Kind': 'a', 'set-cookie': ['b=1', 'c=2'] });
      response.write('x'.repeat(100_000));
      setImmediate(() => response.end('end'));
    });
  });
  const { status, headers, body } = await sidecar.send({ method: 'POST', body: '{}' });
  assert.deepEqual([status, headers['x-kind'], headers['set-cookie']], [201, 'a', ['b=1', 'c=2']]);
  assert.equal(Buffer.from(body).toString(), `${'x'.repeat(100_000)}end`);
});

test('httpTransport: an empty body is no bytes', async () => {
  await using sidecar = await open((_request, response) => response.writeHead(204).end());
  assert.equal((await sidecar.send()).body.byteLength, 0);
});

test('httpTransport: rejects with the reason of an abort, before and during the request', async () => {
  await using sidecar = await open(() => {});
  await assert.rejects(sidecar.send({ signal: AbortSignal.abort(new Error('early')) }), /early/);
  const controller = new AbortController();
  const sent = sidecar.send({ signal: controller.signal });
  setImmediate(() => controller.abort(new Error('late')));
  await assert.rejects(sent, /late/);
});

test('httpTransport: rejects when the response breaks off', async () => {
  await using sidecar = await open((_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('abc');
    setImmediate(() => response.destroy());
  });
  await assert.rejects(sidecar.send());
});
