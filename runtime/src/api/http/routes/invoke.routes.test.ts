import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import Fastify from 'fastify';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { settle } from '#core/fake-clock.ts';
import { type Message, type Reply, isBytes, readBody } from '#core/message.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { directInvokeFailed } from '#blocks/invoke/errors.ts';
import { findTarget } from './invoke-target.ts';
import { invokeRoutes } from './invoke.routes.ts';

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };

interface ReceivedRequest {
  readonly target: string;
  readonly message: Message;
  readonly body: string;
  readonly isBuffered: boolean;
}

interface ReceivedResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

class ApiClient implements AsyncDisposable {
  readonly #app: ReturnType<typeof Fastify>;
  readonly port: number;

  constructor(app: ReturnType<typeof Fastify>, port: number) {
    this.#app = app;
    this.port = port;
  }

  open(path: string, options: RequestOptions = {}): ReturnType<typeof httpRequest> {
    return httpRequest({ host: '127.0.0.1', port: this.port, path, agent: false, ...options });
  }

  async send(path: string, options: RequestOptions = {}, body?: string): Promise<ReceivedResponse> {
    const outgoing = this.open(path, options);
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const bytes = await readBody(response);
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.from(bytes).toString() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#app.server.closeAllConnections();
    await this.#app.close();
  }
}

async function openApi(invoke: Invoke['invoke'], maxBodyBytes = 1_000): Promise<ApiClient> {
  const app = Fastify({ logger: false });
  app.decorateRequest<Call | undefined>('call', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    const disconnected = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) disconnected.abort(new Error('the caller left'));
    });
    request.call = { trace, signal: disconnected.signal };
    reply.header('x-from-hook', '1').header('traceparent', 'from-hook');
    done();
  });
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof RuntimeError)) throw error;
    void reply.code(error.kind.http).send({ errorCode: error.kind.code, message: error.message });
  });
  app.get('/v1.0/healthz', () => 'healthy');
  const block: Invoke = { invoke, proxy: () => assert.fail(), receive: () => assert.fail('not used here') };
  await invokeRoutes(app, block, { maxBodyBytes, isFallback: true });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const at = app.server.address();
  assert.ok(at !== null && typeof at === 'object');
  return new ApiClient(app, at.port);
}

/** A server whose app records its requests and returns the reply. */
async function openRecording(
  reply: Partial<Reply> = {},
  maxBodyBytes?: number,
): Promise<{ api: ApiClient; received: ReceivedRequest[] }> {
  const received: ReceivedRequest[] = [];
  const opened = await openApi(async (_call, target, message) => {
    const body = Buffer.from(await readBody(message.body)).toString();
    received.push({ target, message, body, isBuffered: isBytes(message.body) });
    return { status: 200, headers: [], body: Buffer.from('ok'), ...reply };
  }, maxBodyBytes);
  return { api: opened, received };
}

const byHeader = { 'dapr-app-id': 'other' };
const byCredentials = { authorization: `Basic ${Buffer.from('Dapr-App-Id:other').toString('base64')}` };

const targets: readonly (readonly [url: string, headers: Record<string, string>, expected: string | undefined])[] = [
  ['/v1.0/invoke/other/method/a/b?x=%20', {}, 'other /a/b ? x=%20'],
  ['/v1.0/invoke/other/method/', {}, 'other / ? '],
  ['/v1.0//invoke//other/method//a', {}, 'other /a ? '],
  ['/v1.0/invoke/other.prod/method/a', {}, 'other.prod /a ? '],
  ['/v1.0/invoke/a+b/method/x', {}, 'a b /x ? '],
  ['/v1.0/invoke/http://h:1/v2/method/x', {}, 'http://h:1/v2 /x ? '],
  ['/v1.0/invoke/https%3A%2F%2Fh%3A1/method/x', {}, 'https://h:1 /x ? '],
  ['/v1.0/invoke/other', {}, undefined],
  ['/v1.0/invoke/other/method', {}, undefined],
  ['/v1.0/invoke//method/x', {}, undefined],
  ['/orders/1', {}, undefined],
  ['/orders/1?a=b', byHeader, 'other /orders/1 ? a=b'],
  ['/', byHeader, 'other / ? '],
  ['/v1.0/invoke/loser/method/x', byHeader, 'other /v1.0/invoke/loser/method/x ? '],
  ['/orders', byCredentials, 'other /orders ? '],
  ['/v1.0/invoke/loser/method/x', byCredentials, 'other /v1.0/invoke/loser/method/x ? '],
  ['/orders', { authorization: `Basic ${Buffer.from('dapr-app-id:a:b').toString('base64')}` }, undefined],
  ['/orders', { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` }, undefined],
  ['/v1.0/invoke/other/method/x', { authorization: 'Bearer abc' }, 'other /x ? '],
];

for (const [url, headers, expected] of targets) {
  test(`findTarget: ${url} with ${Object.keys(headers).join() || 'no headers'} is ${expected ?? 'undefined'}`, () => {
    const target = findTarget(url, headers);
    assert.equal(target && `${target.target} ${target.path} ? ${target.query}`, expected);
  });
}

test('invoke: the request reaches the app unchanged, and so does its response the caller', async () => {
  const headers = ['content-type', 'x/y', 'set-cookie', 'a', 'set-cookie', 'b'];
  const { api: opened, received } = await openRecording({ status: 418, headers, body: Buffer.from('{"a": 1}') });
  await using there = opened;
  const sent = { 'Content-Type': 'application/json', 'X-Mine': '1' };
  const response = await there.send(
    '/v1.0/invoke/other/method/a%20b?q=%20',
    { method: 'PUT', headers: sent },
    '{bad json',
  );
  const [only] = received;
  assert.deepEqual([only?.target, only?.message.verb, only?.body], ['other', 'PUT', '{bad json']);
  assert.deepEqual([only?.message.path, only?.message.query], ['/a%20b', 'q=%20']);
  assert.ok(only?.message.headers.includes('X-Mine'));
  assert.deepEqual([response.status, response.body], [418, '{"a": 1}']);
  assert.deepEqual([response.headers['content-type'], response.headers['set-cookie']], ['x/y', ['a', 'b']]);
  assert.equal(response.headers['content-length'], '8');
  assert.deepEqual([response.headers['x-from-hook'], response.headers.traceparent], ['1', 'from-hook']);
});

test('invoke: no connection header is added, and the connection stays open', async () => {
  const { api: opened } = await openRecording();
  await using there = opened;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let i = 0; i < 3; i++) {
    const outgoing = there.open('/x', { headers: byHeader, agent });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    assert.deepEqual([response.headers.connection, response.headers['keep-alive']], [undefined, undefined]);
    ports.add(outgoing.socket?.localPort);
    await readBody(response);
    await settle(2);
  }
  assert.equal(ports.size, 1);
  agent.destroy();
});

test("invoke: the app's traceparent wins over the sidecar's", async () => {
  const { api: opened } = await openRecording({ headers: ['traceparent', 'from-app'] });
  await using there = opened;
  assert.equal((await there.send('/x', { headers: byHeader })).headers.traceparent, 'from-app');
});

for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH', 'PURGE']) {
  test(`invoke: ${method} with dapr-app-id reaches the app on any path`, async () => {
    const { api: opened, received } = await openRecording();
    await using there = opened;
    const body = method === 'GET' || method === 'HEAD' ? undefined : 'hello';
    const headers = { ...byHeader, 'content-type': 'application/json', 'content-length': body?.length ?? 0 };
    assert.equal((await there.send('/any/path', { method, headers }, body)).status, 200);
    assert.deepEqual([received[0]?.message.verb, received[0]?.body], [method, body ?? '']);
  });
}

test('invoke: another verb on an API path is an invocation', async () => {
  const { api: opened, received } = await openRecording();
  await using there = opened;
  await there.send('/v1.0/healthz', { method: 'DELETE', headers: byHeader });
  assert.equal(received[0]?.message.path, '/v1.0/healthz');
});

test('invoke: without an app id it is 404 ERR_DIRECT_INVOKE', async () => {
  const { api: opened } = await openRecording();
  await using there = opened;
  const { status, body } = await there.send('/nothing/here', { method: 'POST' }, 'x');
  assert.equal(status, 404);
  assert.equal((JSON.parse(body) as { errorCode: string }).errorCode, 'ERR_DIRECT_INVOKE');
});

test('invoke: an error of the block is its status and body', async () => {
  await using there = await openApi(() => Promise.reject(directInvokeFailed('other', 'why')));
  const { status, body } = await there.send('/x', { headers: byHeader });
  const expected = { errorCode: 'ERR_DIRECT_INVOKE', message: 'failed to invoke, id: other, err: why' };
  assert.deepEqual([status, JSON.parse(body)], [500, expected]);
});

test('invoke: a body of known length is buffered, a chunked one is a stream', async () => {
  const { api: opened, received } = await openRecording();
  await using there = opened;
  await there.send('/x', { method: 'POST', headers: { ...byHeader, 'content-length': 3 } }, 'abc');
  const chunked = there.open('/x', { method: 'POST', headers: { ...byHeader, 'transfer-encoding': 'chunked' } });
  chunked.write('ab');
  chunked.end('c');
  (await once(chunked, 'response'))[0].resume();
  assert.deepEqual(
    received.map(({ body, isBuffered }) => [body, isBuffered]),
    [
      ['abc', true],
      ['abc', false],
    ],
  );
});

for (const transfer of [{ 'content-length': 1_001 }, { 'transfer-encoding': 'chunked' }]) {
  test(`invoke: a body over the limit with ${Object.keys(transfer).join()} is 413`, async () => {
    const { api: opened } = await openRecording();
    await using there = opened;
    const { status, body } = await there.send(
      '/x',
      { method: 'POST', headers: { ...byHeader, ...transfer } },
      'x'.repeat(1_001),
    );
    assert.equal(status, 413);
    assert.equal((JSON.parse(body) as { errorCode: string }).errorCode, 'ERR_BODY_READ');
  });
}

test('invoke: HEAD and 204 responses have no content-length', async () => {
  const { api: opened } = await openRecording({ status: 204, body: Buffer.alloc(0) });
  await using there = opened;
  assert.equal((await there.send('/x', { headers: byHeader })).headers['content-length'], undefined);
  assert.equal((await there.send('/x', { method: 'HEAD', headers: byHeader })).headers['content-length'], undefined);
});

test('invoke: server-sent events are flushed one by one with event stream headers', async () => {
  const next = Promise.withResolvers<void>();
  async function* events(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('data: 1\n\n');
    await next.promise;
    yield Buffer.from('data: 2\n\n');
  }
  const { api: opened } = await openRecording({ headers: ['content-type', 'text/plain', 'x-a', '1'], body: events() });
  await using there = opened;
  const outgoing = there.open('/x', { headers: { ...byHeader, accept: 'text/event-stream' } });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  assert.equal(response.headers['content-type'], 'text/event-stream');
  assert.deepEqual([response.headers['cache-control'], response.headers['x-a']], ['no-cache', '1']);
  const chunks: string[] = [];
  for await (const chunk of response) {
    chunks.push(String(chunk));
    next.resolve();
  }
  assert.deepEqual(chunks, ['data: 1\n\n', 'data: 2\n\n']);
});

test('invoke: a disconnect releases the source and aborts the call', async () => {
  const [released, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using there = await openApi((call) => {
    call.signal.addEventListener('abort', () => aborted.resolve());
    async function* ticking(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.from('tick');
          await settle(1);
        }
      } finally {
        released.resolve();
      }
    }
    return Promise.resolve({ status: 200, headers: [], body: ticking() });
  });
  const outgoing = there.open('/x', { headers: byHeader });
  outgoing.on('error', () => undefined);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await once(response, 'data');
  outgoing.destroy();
  await Promise.all([released.promise, aborted.promise]);
});

test('invoke: a truncated response breaks the connection', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('half'));
    throw new Error('the app has crashed');
  }
  const { api: opened } = await openRecording({ body: broken() });
  await using there = opened;
  await assert.rejects(there.send('/x', { headers: byHeader }), /aborted/);
});
