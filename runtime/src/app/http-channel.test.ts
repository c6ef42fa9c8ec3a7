import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, type Server, createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { type Body, type Message, type Reply, headerOf, isBytes, readBody } from '#core/message.ts';
import { type HttpChannelOptions, httpChannel } from './http-channel.ts';
import { waitForApp } from './wait-for-app.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true, state: 'a=b' },
  signal: new AbortController().signal,
  baggage: 'user=42',
};

class App implements AsyncDisposable {
  readonly server: Server;
  readonly address: string;
  readonly channel: AppChannel;

  constructor(server: Server, port: number, options: Partial<HttpChannelOptions>) {
    this.server = server;
    this.address = `127.0.0.1:${port}`;
    this.channel = httpChannel({ address: this.address, protocol: 'http', ...options });
  }

  request(path: string, message: Partial<Message> = {}, signal = call.signal): Promise<Reply> {
    const complete = { verb: 'POST', path, query: '', headers: [], body: Buffer.alloc(0), ...message };
    return this.channel.request({ ...call, signal }, complete);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

type Listener = (...args: Parameters<RequestListener>) => unknown;

async function app(listener: Listener, options: Partial<HttpChannelOptions> = {}): Promise<App> {
  const server = createServer((request, response) => void listener(request, response));
  return new App(server, await portOf(server), options);
}

async function portOf(server: Pick<Server, 'listen' | 'address' | 'once'>, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server as Server, 'listening');
  const at = server.address();
  assert.ok(at !== null && typeof at === 'object');
  return at.port;
}

async function text(body: Body | IncomingMessage): Promise<string> {
  return Buffer.from(await readBody(body)).toString();
}

const codeIs =
  (code: string) =>
  (cause: unknown): boolean =>
    cause instanceof RuntimeError && cause.kind.code === code;

test('HTTP app: a request arrives unchanged, with trace, baggage and token', async () => {
  const seen: { line: string; headers: string[]; body: string }[] = [];
  await using there = await app(
    async (request, response) => {
      const body = await text(request);
      seen.push({ line: `${request.method} ${request.url}`, headers: request.rawHeaders, body });
      response.writeHead(201, ['x-a', '1', 'set-cookie', 'a', 'set-cookie', 'b', 'connection', 'x-hop', 'x-hop', '1']);
      response.end('made');
    },
    { apiToken: 'secret' },
  );
  const headers = ['content-type', 'text/x', 'x-two', '1', 'x-two', '2'];
  const reply = await there.request('/a%20b', { verb: 'PATCH', query: 'q=%20&q', headers, body: Buffer.from('hello') });
  const [only] = seen;
  assert.deepEqual([only?.line, only?.body], ['PATCH /a%20b?q=%20&q', 'hello']);
  const got = only?.headers ?? [];
  assert.deepEqual(
    got.filter((_, i) => got[i - 1]?.toLowerCase() === 'x-two'),
    ['1', '2'],
  );
  assert.equal(headerOf(got, 'content-length'), '5');
  assert.equal(headerOf(got, 'traceparent'), `00-${call.trace.traceId}-${call.trace.spanId}-01`);
  assert.deepEqual([headerOf(got, 'tracestate'), headerOf(got, 'baggage')], ['a=b', 'user=42']);
  assert.equal(headerOf(got, 'dapr-api-token'), 'secret');
  assert.deepEqual([reply.status, await text(reply.body)], [201, 'made']);
  const back = reply.headers.filter((name, i) => i % 2 === 0 && name !== 'date').sort();
  assert.deepEqual(back, ['set-cookie', 'set-cookie', 'x-a']);
});

for (const status of [204, 302, 304, 404, 500]) {
  test(`HTTP app: status ${status} is passed on as a reply`, async () => {
    await using there = await app((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const reply = await there.request('/x');
    assert.deepEqual([reply.status, headerOf(reply.headers, 'location')], [status, '/elsewhere']);
  });
}

test('HTTP app: a short chunked response arrives as bytes, an endless one as a stream chunk by chunk', async () => {
  await using there = await app((request, response) => {
    if (request.url === '/short') {
      response.write('a');
      response.end('b');
    } else {
      response.write('data: 1\n\n');
      request.on('close', () => response.end());
    }
  });
  const short = await there.request('/short');
  assert.ok(isBytes(short.body));
  assert.equal(await text(short.body), 'ab');
  const events = await there.request('/events');
  assert.ok(!isBytes(events.body));
  for await (const chunk of events.body) {
    assert.equal(Buffer.from(chunk).toString(), 'data: 1\n\n');
    break;
  }
});

test('HTTP app: a response longer than the buffer limit arrives as a stream', async () => {
  await using there = await app((_request, response) => response.end(Buffer.alloc(50_000)), {
    maxBufferedBytes: 49_999,
  });
  const reply = await there.request('/x');
  assert.ok(!isBytes(reply.body));
  assert.equal((await readBody(reply.body)).length, 50_000);
});

test('HTTP app: an unread response is held back at its source', async () => {
  let written = 0;
  await using there = await app((_request, response) => {
    const more = (): void => {
      while (written < 50_000_000) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const reply = await there.request('/x');
  await settle(500);
  assert.ok(written < 20_000_000, `${written} bytes were taken from the app although nobody reads`);
  assert.ok(!isBytes(reply.body));
  let read = 0;
  for await (const chunk of reply.body) read += chunk.length;
  assert.equal(read, written);
});

test('HTTP app: a body of unknown length is sent in chunks, each at once', async () => {
  const chunks: string[] = [];
  const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  await using there = await app((request, response) => {
    assert.equal(request.headers['transfer-encoding'], 'chunked');
    request.on('data', (chunk: Buffer) => next[chunks.push(chunk.toString()) - 1]?.resolve());
    request.on('end', () => response.end());
  });
  async function* requestBody(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one');
    await next[0].promise;
    yield Buffer.from('two');
    await next[1].promise;
  }
  assert.equal((await there.request('/x', { body: requestBody() })).status, 200);
  assert.deepEqual(chunks, ['one', 'two']);
});

test('HTTP app: an error in the source of the body is the error of the request', async () => {
  await using there = await app((request) => request.resume());
  const kind = { code: 'ERR_X', http: 413, grpc: 'ResourceExhausted' } as const;
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('one'));
    throw new RuntimeError(kind, { message: 'too much' });
  }
  await assert.rejects(there.request('/x', { body: broken() }), codeIs('ERR_X'));
});

test('HTTP app: an unreachable app is unavailable, and is reached at once when it returns', async () => {
  const server = createServer((_request, response) => response.end('here'));
  const port = await portOf(server);
  const channel = httpChannel({ address: `127.0.0.1:${port}`, protocol: 'http' });
  const message = { verb: 'GET', path: '/', query: '', headers: [], body: Buffer.alloc(0) };
  assert.equal(await text((await channel.request(call, message)).body), 'here');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(channel.request(call, message), codeIs('ERR_APP_UNAVAILABLE'));
  await assert.rejects(channel.request(call, message), /ECONNREFUSED/);
  await portOf(server, port);
  assert.equal(await text((await channel.request(call, message)).body), 'here');
  await channel.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('HTTP app: a connection closed before a response is unavailable, during it a broken response', async () => {
  await using there = await app((request, response) => {
    if (request.url === '/silent') return void request.socket.destroy();
    response.writeHead(200, { 'content-length': 10 });
    response.write('half');
    setImmediate(() => response.socket?.destroy());
  });
  await assert.rejects(there.request('/silent'), codeIs('ERR_APP_UNAVAILABLE'));
  await assert.rejects(there.request('/half'), codeIs('ERR_APP_BROKE'));
});

test('HTTP app: an aborted call ends the request at the app', async () => {
  const [arrived, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using there = await app((_request, response) => {
    response.on('close', () => left.resolve());
    arrived.resolve();
  });
  const caller = new AbortController();
  const reason = new Error('enough');
  const failing = assert.rejects(there.request('/x', {}, caller.signal), reason);
  await arrived.promise;
  caller.abort(reason);
  await failing;
  await left.promise;
  await assert.rejects(there.request('/x', {}, caller.signal), reason);
});

test('max concurrency: no more requests than allowed reach the app, and aborted ones do not count', async () => {
  let inside = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  await using there = await app(
    (_request, response) => {
      most = Math.max(most, ++inside);
      waiting.push(() => {
        inside--;
        response.end();
      });
    },
    { maxConcurrency: 2 },
  );
  const caller = new AbortController();
  const remaining = [there.request('/1'), there.request('/2')];
  const dropped = assert.rejects(there.request('/3', {}, caller.signal));
  remaining.push(there.request('/4'), there.request('/5'));
  caller.abort(new Error('enough'));
  await dropped;
  for (let turn = 0; inside < 2 && turn < 500; turn++) await settle(1);
  for (let done = 0; done < 4;) {
    await settle(1);
    const next = waiting.shift();
    if (next) {
      next();
      done++;
    }
  }
  for (const reply of await Promise.all(remaining)) assert.equal(reply.status, 200);
  assert.equal(most, 2);
});

test('HTTP app: a request that HTTP cannot express is rejected', async () => {
  await using there = await app((_request, response) => response.end());
  for (const verb of ['CONNECT', 'NONE', 'UNSPECIFIED'])
    await assert.rejects(there.request('/x', { verb }), codeIs('ERR_MALFORMED_REQUEST'));
  await assert.rejects(there.request('/x', { headers: ['bad name', 'x'] }), codeIs('ERR_MALFORMED_REQUEST'));
  assert.throws(() => httpChannel({ address: 'h:1', protocol: 'grpc' }), codeIs('ERR_BAD_REQUEST'));
});

test('h2c app: requests use HTTP/2', async () => {
  const server = createHttp2Server((request, response) => {
    response.setHeader('x-version', request.httpVersion);
    request.pipe(response);
  });
  const port = await portOf(server as unknown as Server);
  const channel = httpChannel({ address: `127.0.0.1:${port}`, protocol: 'h2c' });
  const message = { verb: 'POST', path: '/x', query: '', headers: [], body: Buffer.from('hello') };
  const reply = await channel.request(call, message);
  assert.deepEqual([headerOf(reply.headers, 'x-version'), await text(reply.body)], ['2.0', 'hello']);
  await channel.close();
  await new Promise((resolve) => server.close(resolve));
});

test('waitForApp: ends when the app listens, or when the signal aborts', async () => {
  const clock = fakeClock();
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  let isThere = false;
  const waiting = waitForApp(clock, `127.0.0.1:${port}`, call.signal).then(() => (isThere = true));
  for (let i = 0; i < 3; i++) {
    await settle(20);
    await clock.tick(100);
  }
  assert.equal(isThere, false);
  await portOf(server, port);
  while (!isThere) {
    await settle(5);
    await clock.tick(100);
  }
  await waiting;
  await new Promise((resolve) => server.close(resolve));
  const caller = new AbortController();
  const called = assert.rejects(waitForApp(clock, `127.0.0.1:${port}`, caller.signal), /off/);
  await settle(20);
  caller.abort(new Error('off'));
  await called;
});

test('HTTP app: unrequested 100 Continue is skipped, repeatedly on one connection', async () => {
  await using there = await app((_request, response) => {
    response.writeContinue();
    response.writeProcessing();
    response.writeContinue();
    response.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
  });
  for (let i = 0; i < 3; i++) {
    const reply = await there.request('/x', { body: Buffer.from('POST /y HTTP/1.1\r\n') });
    assert.equal(reply.status, 200);
    assert.equal((await text(reply.body)).length, 2 * 'HTTP/1.1 100 Continue\r\n\r\n'.length);
  }
});

for (const headers of ['Connection: upgrade\r\nUpgrade: x\r\n', 'Content-Type: text/plain\r\n'])
  test(`HTTP app: unrequested 101 is the response, without headers: ${headers.trim()}`, async () => {
    await using there = await app((request) => {
      request.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
    });
    const { status, body } = await there.request('/x');
    assert.equal(status, 101);
    assert.equal(await text(body), '');
  });

test('HTTP app: connections are reused, except those that the app closes', async () => {
  const sockets: unknown[] = [];
  await using there = await app((request, response) => {
    sockets.push(request.socket);
    response.setHeader('connection', request.url === '/last' ? 'close' : 'keep-alive');
    response.end('x');
  });
  for (const path of ['/1', '/2', '/last', '/4']) {
    assert.equal(await text((await there.request(path)).body), 'x');
    await settle(5);
  }
  assert.equal(new Set(sockets.slice(0, 3)).size, 1);
  assert.equal(new Set(sockets).size, 2);
});

test('HTTP app: a response before the end of the request is delivered', async () => {
  await using there = await app((_request, response) => response.writeHead(413).end('enough'));
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 10_000; n++) {
      yield Buffer.alloc(1000);
      if (n % 100 === 0) await settle(1);
    }
  }
  const reply = await there.request('/x', { body: endless() });
  assert.deepEqual([reply.status, await text(reply.body)], [413, 'enough']);
  assert.equal((await there.request('/y')).status, 413);
});

test('HTTP app: no response within the timeout is unavailable', async () => {
  await using there = await app(() => {}, { replyTimeoutMs: 50 });
  await assert.rejects(there.request('/x', { body: Buffer.from('a') }), /no response within 0.05 s/);
});

test('HTTP app: a server of another protocol is unavailable', async () => {
  await using there = await app((request) => void request.socket.end('SSH-2.0\r\n\r\n'));
  await assert.rejects(there.request('/x'), codeIs('ERR_APP_UNAVAILABLE'));
});

test('HTTP app: a large request body and a large response arrive complete', async () => {
  await using there = await app((request, response) => void request.pipe(response));
  for (const length of [1, 16_384, 16_385, 300_000, 3_000_000]) {
    const sent = Buffer.alloc(length, 'abcdefghij');
    const { body } = await there.request('/x', { body: sent });
    assert.ok(sent.equals(await readBody(body)), `${length}`);
  }
});
