import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { cookieOf, shopperIn, testStorefront } from '../testing.ts';

interface Seen {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const problemType = 'application/problem+json';

/** A payment provider that notes what reaches it. */
async function fakeProvider(respond?: (response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', body, headers: request.headers });
      if (respond) respond(response);
      else response.writeHead(422, { 'content-type': problemType }).end('{"status":422}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const card = (headers: Record<string, string> = {}, payload = '{"number":"4242"}') => ({
  method: 'POST' as const,
  url: '/provider/tokens',
  headers: { 'content-type': 'application/json', ...headers },
  payload,
});

test('card token proxy: forwards a card unparsed, and returns a problem of the provider unchanged', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  const response = await shop.app.inject(card({}, '{"number": '));
  assert.deepEqual([response.statusCode, response.body], [422, '{"status":422}']);
  assert.equal(response.headers['content-type'], problemType);
  assert.equal(response.headers['cache-control'], 'no-store');
  assert.deepEqual(
    provider.seen.map(({ url, body }) => [url, body]),
    [['/tokens', '{"number": ']],
  );
  assert.deepEqual(shop.calls(), [], 'the sidecar saw nothing');
});

test('card token proxy: sends the publishable key and the shopper, and no cookie', async () => {
  await using provider = await fakeProvider((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"tok_1"}'),
  );
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url, PROVIDER_PUBLISHABLE_KEY: 'pk_1' } });
  const first = await shop.app.inject(card());
  assert.deepEqual([first.statusCode, first.json()], [200, { token: 'tok_1' }]);
  const headers = provider.seen[0]?.headers ?? {};
  assert.equal(headers['authorization'], 'Bearer pk_1');
  assert.equal(headers['x-customer'], shopperIn(cookieOf(first)));
  assert.equal(headers['cookie'], undefined);
});

test('card token proxy: idempotency keys of two shoppers differ', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  const ann = cookieOf(await shop.app.inject(card({ 'idempotency-key': 'k'.repeat(200) })));
  await shop.app.inject(card({ 'idempotency-key': 'k'.repeat(200), cookie: ann }));
  await shop.app.inject(card({ 'idempotency-key': 'k'.repeat(200) }));
  const [first, again, other] = provider.seen.map(({ headers }) => String(headers['idempotency-key']));
  assert.equal(first, again);
  assert.notEqual(first, other);
  assert.match(first ?? '', /^[\w-]{1,200}$/);
  assert.equal((await shop.app.inject(card({ 'idempotency-key': 'a b' }))).statusCode, 400);
});

test('card token proxy: only JSON, only POST, and only small bodies are forwarded', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  const other = { method: 'POST' as const, url: '/provider/authorizations', payload: {} };
  assert.equal((await shop.app.inject(other)).statusCode, 404);
  assert.equal((await shop.app.inject({ url: '/provider/authorizations' })).statusCode, 404);
  assert.equal((await shop.app.inject({ url: '/provider/tokens' })).statusCode, 404);
  for (const [request, status, type] of [
    [card({ 'content-type': 'text/plain' }), 415, 'unsupported-media-type'],
    [card({}, 'x'.repeat(20_000)), 413, 'too-large'],
  ] as const) {
    const reply = await shop.app.inject(request);
    assert.deepEqual([reply.statusCode, reply.json<{ type: string }>().type], [status, type]);
  }
  assert.deepEqual(provider.seen, []);
});

const failures: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['500 with a stack', (response) => response.writeHead(500, { 'content-type': problemType }).end('{"stack":"x"}')],
  ['401 for our own key', (response) => response.writeHead(401, { 'content-type': problemType }).end('{}')],
  ['a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script>')],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['too much', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(100_000))],
];
for (const [name, respond] of failures) {
  test(`card token proxy: ${name} from the provider is a 503 without a charge`, async () => {
    await using provider = await fakeProvider(respond);
    await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
    const response = await shop.app.inject(card());
    assert.deepEqual([response.statusCode, response.headers['content-type']], [503, problemType]);
    assert.match(response.json().detail, /Nothing was charged/);
    assert.doesNotMatch(response.body, /stack|script/);
  });
}

test('card token proxy: an unavailable provider is a 503', async () => {
  await using shop = testStorefront();
  const response = await shop.app.inject(card());
  assert.deepEqual([response.statusCode, response.headers['cache-control']], [503, 'no-store']);
});

test('card token proxy: a provider that does not finish its response is a 503 after the timeout', async () => {
  await using provider = await fakeProvider((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"token":');
  });
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url }, cardTokenTimeoutMs: 60 });
  assert.equal((await shop.app.inject(card())).statusCode, 503);
});

test('card token proxy: a stalled body is a 408, and its connection is closed', async () => {
  await using shop = testStorefront({ cardTokenTimeoutMs: 60 });
  const { port } = new URL(await shop.app.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /provider/tokens HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"num',
  );
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString()));
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.match(text, /content-security-policy/);
});
