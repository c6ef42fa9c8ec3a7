import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { noBody, readBody } from '#core/message.ts';
import { systemClock } from '#host/process/clock.ts';
import { bodyBytes } from '../routes/body.ts';
import { requestBody } from '../routes/invoke-body.ts';
import { writeReply } from '../routes/invoke-reply.ts';
import { httpServer } from './server.ts';
import type { RoutePlugin } from './router.ts';
import type { HttpServerOptions } from './server.ts';

interface ReceivedRequest {
  readonly verb: string;
  readonly headers: readonly string[];
  readonly isStream: boolean;
  readonly text: string;
}

async function open(more: Partial<HttpServerOptions> = {}) {
  const received: ReceivedRequest[] = [];
  const failures: string[] = [];
  const begun = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  const routes: RoutePlugin = (app) => {
    app.addHook('preParsing', (request, _reply, _payload, next) => {
      request.raw.once('readable', () => begun.resolve());
      next();
    });
    app.addHook('onError', (_request, _reply, _error, next) => {
      failed.resolve();
      next();
    });
    app.post('/whole', (request) => String(bodyBytes(request).length));
    void app.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
      scope.all('/echo', async (request, reply) => {
        try {
          const body = await requestBody(request.raw, 1000);
          const text = Buffer.from(await readBody(body)).toString('utf8');
          const isStream = !(body instanceof Uint8Array);
          received.push({ verb: request.method, headers: request.raw.rawHeaders, isStream, text });
        } catch (error) {
          failures.push((error as Error).message);
          failed.resolve();
          return;
        }
        const headers = ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-of', 'app'];
        await writeReply(request, reply, { status: 203, headers, body: Buffer.from('echoed') });
      });
      scope.get('/broken', async (request, reply) => {
        const body = (async function* () {
          yield Buffer.from('first');
          throw new Error('the app broke');
        })();
        await writeReply(request, reply, { status: 200, headers: [], body });
      });
      scope.get('/empty', async (request, reply) => {
        await writeReply(request, reply, { status: 204, headers: [], body: noBody });
      });
      done();
    });
  };
  const server = await httpServer({
    routes: [routes],
    allowedOrigins: [],
    rules: { allowed: [], denied: [] },
    maxBodyBytes: 1000,
    maxHeaderBytes: 4096,
    samplingRate: 0,
    random: seededRandom(),
    clock: systemClock(),
    log: silentLog,
    hasHttp2: true,
    ...more,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    server,
    port,
    received,
    failures,
    begun: begun.promise,
    failed: failed.promise,
    [Symbol.asyncDispose]: () => server.close(0),
  };
}

function session(port: number) {
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

async function send(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [response] = (await once(stream, 'response')) as [Record<string, unknown>];
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return { status: response[':status'], headers: response, text };
}

test('HTTP/2: both versions share one port, even when the first bytes arrive one by one', async () => {
  await using server = await open();
  using client = session(server.port);
  assert.equal((await send(client, { ':method': 'POST', ':path': '/whole' }, 'twelve bytes')).text, '12');
  const socket = connect(server.port, '127.0.0.1');
  for (const byte of 'POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc') {
    socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('HTTP/2: routes see the same request as over HTTP/1.1', async () => {
  await using server = await open();
  using client = session(server.port);
  const requestHeaders = { ':method': 'PUT', ':path': '/echo', 'x-mine': 'yes', 'content-length': '5' };
  const { status, headers, text } = await send(client, requestHeaders, 'hello');
  assert.deepEqual([status, text, headers['x-of'], headers['set-cookie']], [203, 'echoed', 'app', ['a=1', 'b=2']]);
  assert.equal(headers['connection'], undefined);
  const { headers: seen, ...rest } = server.received[0] ?? { headers: [] };
  assert.deepEqual(rest, { verb: 'PUT', isStream: false, text: 'hello' });
  assert.deepEqual(seen, ['x-mine', 'yes', 'content-length', '5', 'host', `127.0.0.1:${server.port}`]);
});

test('HTTP/2: a body without a length is a stream, and no body is none', async () => {
  await using server = await open();
  using client = session(server.port);
  await send(client, { ':method': 'POST', ':path': '/echo' }, 'streamed');
  await send(client, { ':path': '/echo' });
  assert.deepEqual(
    server.received.map(({ isStream, text }) => [isStream, text]),
    [
      [true, 'streamed'],
      [false, ''],
    ],
  );
  assert.equal((await send(client, { ':path': '/empty' })).status, 204);
});

test('HTTP/2: headers over the limit are 431, and the session stays open', async () => {
  await using server = await open();
  using client = session(server.port);
  assert.equal((await send(client, { ':path': '/empty', 'x-long': 'l'.repeat(9000) })).status, 431);
  assert.equal((await send(client, { ':path': '/empty', 'x-long': 'l'.repeat(2000) })).status, 204);
});

test('HTTP/2: event streams have no connection header', async () => {
  await using server = await open();
  using client = session(server.port);
  const { headers } = await send(client, { ':path': '/echo', accept: 'text/event-stream' });
  assert.deepEqual([headers['content-type'], headers['connection']], ['text/event-stream', undefined]);
});

test('HTTP/2: a disconnect within a body makes it incomplete', async () => {
  for (const path of ['/echo', '/whole']) {
    await using server = await open({ onCompleted: ({ status }) => server.failures.push(String(status)) });
    const socket = connect(server.port, '127.0.0.1');
    const post = Buffer.concat([Buffer.from('8386410178', 'hex'), Buffer.of(4, path.length), Buffer.from(path)]);
    socket.write(Buffer.concat([opening, frame(1, 4, post), frame(0, 0, Buffer.from('half'))]));
    await server.begun;
    socket.write(frame(3, 0, Buffer.from('00000008', 'hex')));
    await server.failed;
    socket.destroy();
    assert.deepEqual(server.received, []);
  }
});

test('HTTP/2: an aborted response is a stream error', async () => {
  await using server = await open();
  using client = session(server.port);
  const stream = client.request({ ':path': '/broken' });
  stream.resume();
  const [error] = (await once(stream, 'error')) as [Error];
  assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
});

test('HTTP/2: a stalled body is aborted, and the session stays open', async () => {
  await using server = await open({ stallMs: 50 });
  using client = session(server.port);
  const stream = client.request({ ':method': 'POST', ':path': '/whole' });
  stream.write('half');
  await once(stream, 'error');
  assert.equal((await send(client, { ':method': 'POST', ':path': '/whole' }, 'all')).text, '3');
});

test('h2c upgrade: the response is stream 1 of the session', async () => {
  await using server = await open();
  const socket = connect(server.port, '127.0.0.1');
  const ofUpgrade =
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n';
  socket.write(`GET /echo HTTP/1.1\r\nHost: here\r\nX-Long: ${'l'.repeat(300)}\r\n${ofUpgrade}\r\n`);
  const [switched] = (await once(socket, 'data')) as [Buffer];
  assert.match(switched.toString(), /^HTTP\/1\.1 101 .*\r\nUpgrade: h2c\r\n\r\n$/s);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(Buffer.from('000000040000000000', 'hex'));
  const frames = await framesUntilEnd(socket);
  socket.destroy();
  const data = frames.filter(({ type, stream }) => type === 0 && stream === 1);
  assert.equal(Buffer.concat(data.map(({ payload }) => payload)).toString(), 'echoed');
  assert.deepEqual(server.received[0]?.headers, ['x-long', 'l'.repeat(300), 'host', 'here']);
});

test('HTTP/2: when disabled it is a bad request, and the upgrade is ignored', async () => {
  await using server = await open({ hasHttp2: false });
  for (const [request, response] of [
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'GET /empty HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
      /^HTTP\/1\.1 204 /,
    ],
  ] as const) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(request);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.match(bytes.toString(), response);
    socket.destroy();
  }
});

test('HTTP/2: close sends GOAWAY and drops silent connections', { timeout: 3000 }, async () => {
  await using server = await open();
  using client = session(server.port);
  await send(client, { ':path': '/empty' });
  const silent = connect(server.port, '127.0.0.1');
  await once(silent, 'connect');
  silent.write('P');
  await send(client, { ':path': '/empty' });
  const goaway = once(client, 'goaway');
  await server.server.close(2000);
  await goaway;
  silent.destroy();
});

const opening = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('000000040000000000', 'hex'),
]);

/** A frame of stream 1. */
function frame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.of(0, 0, 0, type, flags, 0, 0, 0, 1);
  head.writeUIntBE(payload.length, 0, 3);
  return Buffer.concat([head, payload]);
}

interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The frames of stream 1 and all before. */
async function framesUntilEnd(socket: Socket): Promise<Frame[]> {
  const frames: Frame[] = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const length = bytes.readUIntBE(0, 3);
      const stream = bytes.readUInt32BE(5);
      frames.push({ type: bytes[3] ?? -1, stream, payload: bytes.subarray(9, 9 + length) });
      const isEnd = stream === 1 && ((bytes[4] ?? 0) & 1) === 1;
      bytes = bytes.subarray(9 + length);
      if (isEnd) return frames;
    }
  }
  return frames;
}
