import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Pipeline } from '#blocks/middleware/pipeline.ts';
import { seededRandom } from '#core/random.ts';
import { defineError } from '#core/errors.ts';
import { silentLog } from '#core/log.ts';
import { requestGuard } from '#core/request-guard.ts';
import { systemClock } from '#host/process/clock.ts';
import { any } from '#core/go-shape.ts';
import { bodyAs, bodyBytes } from '../routes/body.ts';
import { callOf } from './request-call.ts';
import { httpServer } from './server.ts';
import { writeReply } from '../routes/invoke-reply.ts';
import type { RoutePlugin } from './router.ts';
import type { HttpServer, HttpServerOptions } from './server.ts';

const testError = defineError({ code: 'ERR_TEST', http: 409, grpc: 'Aborted' }, () => ({
  message: 'no',
  details: [{ '@type': 'x' }],
}));

const routes: RoutePlugin = (app) => {
  app.post('/v1.0/publish/:pubsub/*', (incoming, reply) => {
    const { params } = incoming;
    const type = incoming.headers['content-type'] ?? 'none';
    void reply.send(JSON.stringify({ params, bytes: bodyBytes(incoming).length, type, call: callOf(incoming) }));
  });
  app.get('/v1.0/state/:store/:key', (incoming, reply) => void reply.send(JSON.stringify(incoming.params)));
  app.post('/v1.0/state/:store', (incoming, reply) => void reply.send(JSON.stringify(bodyAs(any, incoming))));
  app.get('/v1.0/healthz', (_incoming, reply) => void reply.code(204).send());
  app.get('/reject', () => {
    throw testError();
  });
  app.get('/break', () => {
    throw new RangeError('unforeseen');
  });
  app.setNotFoundHandler((incoming, reply) => void reply.code(404).send(`fallback ${incoming.method} ${incoming.url}`));
};

interface ReceivedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function open(more: Partial<HttpServerOptions> = {}) {
  const api: HttpServer = await httpServer({
    routes: [routes],
    allowedOrigins: [],
    rules: { allowed: [], denied: [] },
    maxBodyBytes: 1000,
    maxHeaderBytes: 4096,
    samplingRate: 1,
    random: seededRandom(),
    clock: systemClock(),
    log: silentLog,
    ...more,
  });
  const port = await api.listen({ host: '127.0.0.1', port: 0 });
  const send = (path: string, { method = 'GET', headers = {}, body }: SendOptions = {}): Promise<ReceivedResponse> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return { port, send, [Symbol.asyncDispose]: () => api.close(0) };
}

test('httpServer: double and trailing slashes are ignored, and a plus in a parameter is a space', async () => {
  await using api = await open();
  assert.equal((await api.send('//v1.0//healthz/')).status, 204);
  assert.equal((await api.send('/v1.0/state/s/a+b%2Bc')).text, '{"store":"s","key":"a b+c"}');
});

test('httpServer: an invalid percent escape is 400 in plain text', async () => {
  await using api = await open();
  const { status, text } = await api.send('/v1.0/state/s/%zz');
  assert.deepEqual([status, text], [400, '400 Bad Request']);
});

test('httpServer: a path parameter may be long', async () => {
  await using api = await open();
  const key = 'k'.repeat(3000);
  assert.equal((await api.send(`/v1.0/state/s/${key}`)).text, JSON.stringify({ store: 's', key }));
});

test('httpServer: an unknown path and another verb go to the fallback', async () => {
  await using api = await open();
  assert.equal((await api.send('/nothing')).text, 'fallback GET /nothing');
  assert.equal((await api.send('/v1.0/healthz', { method: 'POST' })).text, 'fallback POST /v1.0/healthz');
});

test('httpServer: a body of any or no content type is bytes', async () => {
  await using api = await open();
  const types: readonly Record<string, string>[] = [
    {},
    { 'content-type': 'image/png' },
    { 'content-type': 'nonsense' },
  ];
  for (const headers of types) {
    const { text } = await api.send('/v1.0/publish/p/a/b', { method: 'POST', headers, body: '12345' });
    assert.match(text, /"params":\{"pubsub":"p","\*":"a\/b"\},"bytes":5/);
    assert.match(text, new RegExp(`"type":"${headers['content-type'] ?? 'none'}"`));
  }
});

test('httpServer: a body over the limit is rejected whether its length is known or not', async () => {
  await using api = await open();
  const body = 'x'.repeat(1001);
  const lengths: readonly Record<string, string>[] = [{ 'content-length': '1001' }, { 'transfer-encoding': 'chunked' }];
  for (const headers of lengths) {
    const { status, text } = await api.send('/v1.0/publish/p/t', { method: 'POST', headers, body });
    assert.equal(status, 413);
    assert.match(text, /"ERR_BODY_READ","message":"the request body is larger than 1000 bytes/);
  }
});

test('httpServer: malformed JSON is 400 ERR_MALFORMED_REQUEST', async () => {
  await using api = await open();
  const { status, text } = await api.send('/v1.0/state/s', { method: 'POST', body: '{bad' });
  assert.equal(status, 400);
  assert.match(text, /"errorCode":"ERR_MALFORMED_REQUEST"/);
});

test('httpServer: a declared error has its status and details, any other is 500 ERROR', async () => {
  await using api = await open();
  const declared = await api.send('/reject');
  assert.deepEqual(
    [declared.status, declared.text],
    [409, '{"errorCode":"ERR_TEST","message":"no","details":[{"@type":"x"}]}'],
  );
  assert.equal(declared.headers['content-type'], 'application/json');
  const other = await api.send('/break');
  assert.deepEqual([other.status, other.text], [500, '{"errorCode":"ERROR","message":"unforeseen"}']);
});

test('httpServer: a trace is continued in call and response, or started', async () => {
  await using api = await open();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const forwarded = await api.send('/v1.0/publish/p/t', {
    method: 'POST',
    headers: { traceparent, tracestate: 'a=1' },
    body: 'x',
  });
  assert.equal(forwarded.headers['traceparent'], traceparent);
  assert.match(forwarded.text, /"traceId":"0af7651916cd43dd8448eb211c80319c".*"state":"a=1"/);
  const begun = await api.send('/v1.0/state/s/k', { headers: { traceparent: 'nonsense' } });
  assert.match(String(begun.headers['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal((await api.send('/v1.0/healthz')).headers['traceparent'], undefined);
});

test('httpServer: baggage is passed on and returned, malformed baggage is rejected', async () => {
  await using api = await open();
  const baggage = 'key1=value1;prop=1, key2=value2';
  const forwarded = await api.send('/v1.0/publish/p/t', { method: 'POST', headers: { baggage }, body: 'x' });
  assert.match(forwarded.text, /"baggage":"key1=value1;prop=1, key2=value2"/);
  assert.equal(forwarded.headers['baggage'], baggage);
  const rejected = await api.send('/v1.0/state/s/k', { headers: { baggage: ';;;' } });
  assert.deepEqual(
    [rejected.status, rejected.text],
    [400, 'invalid baggage header: invalid baggage list-member: ";;;"\n'],
  );
});

test('httpServer: with an API token only health is open, and the token is not passed on', async () => {
  await using api = await open({ apiToken: 'secret' });
  const rejected = await api.send('/v1.0/state/s/k', { headers: { 'dapr-api-token': 'secreT' } });
  assert.deepEqual([rejected.status, rejected.text], [401, 'invalid api token\n']);
  assert.equal((await api.send('/v1.0/healthz')).status, 204);
  assert.equal((await api.send('/v1.0/state/s/k', { headers: { 'dapr-api-token': 'secret' } })).status, 200);
  assert.equal((await api.send('/nothing')).status, 401);
});

test('httpServer: CORS applies only with allowed origins, and a preflight needs no token', async () => {
  await using closed = await open();
  assert.equal((await closed.send('/v1.0/state/s/k', { headers: { origin: 'http://x' } })).headers['vary'], undefined);
  await using api = await open({ allowedOrigins: ['http://x'], apiToken: 'secret' });
  const headers = {
    origin: 'http://x',
    'access-control-request-method': 'put',
    'access-control-request-headers': 'x-a, b',
  };
  const preflight = await api.send('/v1.0/state/s', { method: 'OPTIONS', headers });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers['access-control-allow-origin'], 'http://x');
  assert.equal(preflight.headers['access-control-allow-methods'], 'PUT');
  assert.equal(preflight.headers['access-control-allow-headers'], 'X-A, B');
  const other = await api.send('/v1.0/healthz', { headers: { origin: 'http://y' } });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('httpServer: a denied or not allowed API group does not exist, health always does', async () => {
  const rule = (name: string) => ({ name, version: 'v1', protocol: 'http' });
  await using denied = await open({ rules: { allowed: [], denied: [rule('state')] } });
  assert.equal((await denied.send('/v1.0/state/s/k')).text, 'fallback GET /v1.0/state/s/k');
  assert.equal((await denied.send('/v1.0/healthz')).status, 204);
  await using allowed = await open({ rules: { allowed: [rule('state')], denied: [] } });
  assert.equal((await allowed.send('/v1.0/state/s/k')).status, 200);
  assert.equal((await allowed.send('/v1.0/publish/p/t', { method: 'POST', body: 'x' })).status, 404);
});

test('httpServer: a caller that disconnects aborts its call', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const waiting: RoutePlugin = (app) => {
    app.get('/wait', async (incoming) => {
      const { signal } = callOf(incoming);
      signal.addEventListener('abort', () => resolve((signal.reason as Error).message));
      outgoing.destroy();
      await promise;
    });
  };
  await using api = await open({ routes: [waiting] });
  const outgoing = request({ host: '127.0.0.1', port: api.port, path: '/wait' });
  outgoing.once('error', () => {});
  outgoing.end();
  assert.equal(await promise, 'the caller disconnected before the response');
});

test('httpServer: a pipeline may reroute a request, change its body, and respond itself', async () => {
  const pipeline: Pipeline = (head) =>
    head.path === '/stop'
      ? { response: { status: 429, headers: ['x-stop', 'yes'], body: Buffer.from('slow down') } }
      : {
          continueWith: { ...head, path: head.path.replace('/alias', '/v1.0/state') },
          change: (chunk) => Buffer.from(chunk === undefined ? '}' : String(chunk).toUpperCase()),
        };
  // the same for a synchronous and an asynchronous pipeline, while the body is already arriving
  const asyncPipeline: Pipeline = async (head) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return await pipeline(head);
  };
  for (const one of [pipeline, asyncPipeline]) {
    await using server = await open({ pipeline: one, apiToken: 'secret' });
    const headers = { 'dapr-api-token': 'secret' };
    const moved = await server.send('/alias/s', { method: 'POST', headers, body: '{"a":{"b":1}' });
    assert.equal(moved.text, '{"A":{"B":1}}');
    assert.equal((await server.send('/stop', { method: 'POST', headers, body: 'x' })).text, 'slow down');
    assert.equal((await server.send('/stop')).status, 401);
  }
});

test('httpServer: response bytes are counted, for buffered and streamed responses too', async () => {
  const passing: RoutePlugin = (app) => {
    app.get('/whole', (request, reply) =>
      writeReply(request, reply, { status: 200, headers: [], body: Buffer.from('12345') }),
    );
    app.get('/pieces', (request, reply) => {
      const body = Readable.from([Buffer.from('123'), Buffer.from('4567')]);
      return writeReply(request, reply, { status: 200, headers: [], body });
    });
    app.get('/plain', () => Promise.resolve('123'));
  };
  const counted: number[] = [];
  await using api = await open({ routes: [passing], onCompleted: ({ responseBytes }) => counted.push(responseBytes) });
  for (const path of ['/whole', '/pieces', '/plain']) await api.send(path);
  await until(() => counted.length === 3);
  assert.deepEqual(counted, [5, 7, 3]);
});

async function until(check: () => boolean): Promise<void> {
  for (let round = 0; !check() && round < 500; round++) await new Promise((resolve) => setImmediate(resolve));
}

test('httpServer: a rejected request does not reach middleware', async () => {
  const seen: string[] = [];
  const pipeline: Pipeline = ({ path, query, headers }) => {
    seen.push(path);
    return { continueWith: { verb: 'GET', path, query, headers, remoteAddress: '' }, change: undefined };
  };
  await using api = await open({ pipeline, guard: requestGuard(['localhost'], []) });
  assert.equal((await api.send('/v1.0/state/a/b', { headers: { host: 'evil.example' } })).status, 403);
  assert.equal((await api.send('/anything', { headers: { host: 'evil.example' } })).status, 403);
  assert.deepEqual(seen, []);
  assert.equal((await api.send('/v1.0/state/a/b', { headers: { host: 'localhost' } })).status, 200);
  assert.deepEqual(seen, ['/v1.0/state/a/b']);
});
