import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { httpBinding } from './binding.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

const about = { name: 'web', type: 'bindings.http', version: 'v1', appId: 'shop', namespace: '' };
const dependencies = { log: silentLog, clock: fakeClock(), random: seededRandom() };

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function web(respond: (seen: Seen, response: ServerResponse) => void, metadata = {}, clock = dependencies.clock) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      respond({ method, url, headers, body }, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
  const binding = await httpBinding({ ...about, ...dependencies, clock, metadata: { url, ...metadata } });
  return {
    seen,
    run: (operation: string, more = {}, data = '"x"') =>
      binding.invoke(call, { operation, data: Buffer.from(data), metadata: more }),
    async [Symbol.asyncDispose]() {
      await binding.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

test('http binding: operations are methods, the path is appended, capitalized metadata become headers', async () => {
  await using it = await web((_seen, response) => response.writeHead(201, { 'X-Multi': ['a', 'b'] }).end('made'));
  const reply = await it.run('create', {
    path: '/p/../q?a=ü',
    'X-Up': '1',
    low: '2',
    Traceparent: 'no',
    traceparent: 't',
  });
  const [first] = it.seen;
  assert.deepEqual([first?.method, first?.url, first?.body], ['POST', '/base/p/../q?a=%C3%BC', '"x"']);
  assert.equal(first?.headers['x-up'], '1');
  assert.equal(first?.headers['low'], undefined);
  assert.equal(first?.headers['traceparent'], 't');
  assert.equal(first?.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(String(reply?.data), 'made');
  assert.equal(reply?.metadata?.['statusCode'], '201');
  assert.equal(reply?.metadata?.['status'], '201 Created');
  assert.equal(reply?.metadata?.['X-Multi'], 'a, b');
  for (const verb of ['get', 'head', 'put', 'patch', 'delete', 'options', 'trace']) await it.run(verb);
  assert.deepEqual(
    it.seen.slice(1).map(({ method, body }) => `${method}${body}`),
    ['GET', 'HEAD', 'PUT"x"', 'PATCH"x"', 'DELETE', 'OPTIONS', 'TRACE'],
  );
});

test('http binding: an error status is a rejection with the response, unless errorIfNot2XX is false', async () => {
  const teapot = (_seen: Seen, response: ServerResponse): void => void response.writeHead(418).end('tea');
  await using strict = await web(teapot);
  const rejected = await strict.run('get');
  assert.deepEqual([rejected?.rejection, String(rejected?.data)], ['received status code 418', 'tea']);
  assert.equal((await strict.run('get', { errorIfNot2XX: 'false' }))?.rejection, undefined);
  await using lenient = await web(teapot, { errorifnot2xx: 'false' });
  assert.equal((await lenient.run('get'))?.rejection, undefined);
});

test('http binding: follows redirects like Go', async () => {
  await using it = await web(({ url }, response) => {
    if (url === '/base/moved') response.writeHead(302, { location: '/there' }).end();
    else if (url === '/base/temporary') response.writeHead(307, { location: '/there' }).end();
    else if (url === '/base/round') response.writeHead(302, { location: '/base/round' }).end();
    else response.end('arrived');
  });
  assert.equal(String((await it.run('post', { path: 'moved' }))?.data), 'arrived');
  assert.equal(String((await it.run('post', { path: 'temporary' }))?.data), 'arrived');
  assert.deepEqual(
    it.seen.map(({ method, url, body }) => `${method} ${url} ${body}`),
    ['POST /base/moved "x"', 'GET /there ', 'POST /base/temporary "x"', 'POST /there "x"'],
  );
  assert.equal((await it.run('get', { path: 'round' }))?.rejection, 'received status code 302');
});

test('http binding: truncates a long response, and rejects after responseTimeout', async () => {
  await using cut = await web((_seen, response) => response.end('0123456789'), { maxresponsebodysize: '4' });
  assert.equal(String((await cut.run('get'))?.data), '0123');
  await using slow = await web(() => {}, { responsetimeout: '50ms' }, systemClock() as typeof dependencies.clock);
  await assert.rejects(slow.run('get'), /did not respond within 50 ms/);
});

test('http binding: an unreachable server and invalid metadata are errors', async () => {
  const open = (metadata: Readonly<Record<string, string>>) => httpBinding({ ...about, ...dependencies, metadata });
  const binding = await open({ url: 'http://127.0.0.1:1' });
  await assert.rejects(
    binding.invoke(call, { operation: 'get', data: Buffer.from(''), metadata: {} }),
    /127\.0\.0\.1:1 failed/,
  );
  await binding.close();
  await assert.rejects(open({}), /url is missing/);
  await assert.rejects(open({ url: 'ftp://x' }), /url is 'ftp:.*it should be an http:/);
  await assert.rejects(
    open({ url: 'http://x', responsetimeout: 'long' }),
    /responseTimeout is 'long', it should be a duration/,
  );
  await assert.rejects(
    open({ url: 'http://x', maxresponsebodysize: 'big' }),
    /maxResponseBodySize is 'big', it should be a size/,
  );
  await assert.rejects(
    open({ url: 'http://x', mtlsrootca: '/no/file' }),
    /MTLSRootCA is invalid, it should be PEM text or/,
  );
});
