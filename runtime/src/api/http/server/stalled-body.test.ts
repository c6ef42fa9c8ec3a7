import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import type { Log } from '#core/log.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { bodyBytes } from '../routes/body.ts';
import { httpServer } from './server.ts';

async function open(log: Log = silentLog) {
  const received: number[] = [];
  const release = Promise.withResolvers<void>();
  const api = await httpServer({
    routes: [
      (app) => {
        app.post('/whole', (request) => String(bodyBytes(request).length));
        app.post('/slow', async () => (await release.promise, 'at last'));
        void app.register((scope, _options, done) => {
          scope.removeAllContentTypeParsers();
          scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
          scope.post('/streamed', async (request) => {
            for await (const part of request.raw) received.push((part as Buffer).length);
            return 'all';
          });
          done();
        });
      },
    ],
    allowedOrigins: [],
    rules: { allowed: [], denied: [] },
    maxBodyBytes: 1000,
    maxHeaderBytes: 4096,
    samplingRate: 0,
    random: seededRandom(),
    clock: systemClock(),
    log,
    stallMs: 60,
  });
  const port = await api.listen({ host: '127.0.0.1', port: 0 });
  /** Resolves to everything received until the sidecar closed the connection. */
  const begin = (head: string) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (part: Buffer) => (text += part.toString('latin1')));
    socket.write(head);
    return { socket, closed: once(socket, 'close').then(() => text) };
  };
  return { begin, received, release, [Symbol.asyncDispose]: () => api.close(0) };
}

test('stallGuard: a body that does not arrive ends its connection', async () => {
  await using api = await open();
  const { closed } = api.begin('POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
  assert.equal(await closed, '');
});

test('stallGuard: chunks that stop end the connection of a route that reads the whole body', async () => {
  await using api = await open();
  const { closed } = api.begin('POST /whole HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  assert.equal(await closed, '');
});

test('stallGuard: an early response leaves no stalled connection open', async () => {
  await using api = await open();
  const { closed } = api.begin('POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nabc');
  assert.match(await closed, /^HTTP\/1\.1 413 /);
});

test('stallGuard: a streamed body may pause for longer', async () => {
  await using api = await open();
  const { socket, closed } = api.begin(
    'POST /streamed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  );
  const timer = setTimeout(() => socket.write('2\r\nde\r\n0\r\n\r\n'), 200);
  assert.match(await closed, /all$/);
  clearTimeout(timer);
  assert.deepEqual(api.received, [3, 2]);
});

test('stallGuard: a handler may take longer than the limit', async () => {
  await using api = await open();
  const { closed } = api.begin('POST /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab');
  const timer = setTimeout(() => api.release.resolve(), 200);
  assert.match(await closed, /at last$/);
  clearTimeout(timer);
});

test('httpServer: a disconnect within a body is not logged as a failure', async () => {
  const errors: string[] = [];
  await using api = await open({ ...silentLog, error: (_fields, message) => void errors.push(message) });
  const { socket, closed } = api.begin('POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
  await new Promise((resolve) => setImmediate(resolve));
  socket.end();
  await closed;
  assert.deepEqual(errors, []);
});
