import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { cookieOf, testStorefront } from '../testing.ts';
import type { TestStorefront } from '../testing.ts';

const json = { 'content-type': 'application/json' };

const post = (shop: TestStorefront) => async (headers: Record<string, string>) =>
  (await shop.app.inject({ method: 'POST', url: '/api/cart/prices', headers: { host: 'shop.example', ...headers } }))
    .statusCode;

test('request guards: cross-site requests are rejected', async () => {
  await using shop = testStorefront();
  const status = post(shop);
  assert.equal(await status({ origin: 'https://evil.example' }), 403);
  assert.equal(await status({ origin: 'null' }), 403);
  assert.equal(await status({ origin: 'not an origin' }), 403);
  assert.equal(await status({ origin: 'http://shop.example:8080' }), 403);
  assert.equal(await status({ origin: 'http://shop.example.evil.example' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'cross-site', origin: 'http://shop.example' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 503);
  assert.equal(await status({ origin: 'http://shop.example' }), 503);
  assert.equal(await status({}), 503);
});

test('request guards: an origin with another scheme is another site', async () => {
  await using direct = testStorefront();
  assert.equal(await post(direct)({ origin: 'https://shop.example' }), 403);
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' };
  assert.equal(await post(direct)({ origin: 'https://shop.example', ...forwarded }), 403, 'nobody is trusted');
  await using proxied = testStorefront({ env: { TRUST_PROXY: 'loopback' } });
  assert.equal(await post(proxied)({ host: '10.0.0.1', origin: 'https://shop.example', ...forwarded }), 503);
  assert.equal(await post(proxied)({ host: '10.0.0.1', origin: 'http://shop.example', ...forwarded }), 403);
});

test('request guards: sidecar routes are 404 for browsers, however the path is encoded', async () => {
  await using open = testStorefront();
  await using closed = testStorefront({ env: { APP_API_TOKEN: 'oars' } });
  const status = async (shop: TestStorefront, headers: Record<string, string>) =>
    (await shop.app.inject({ url: '/dapr/subscribe', headers })).statusCode;
  assert.equal(await status(open, {}), 200);
  assert.equal(await status(open, { cookie: 'tidewater=x' }), 404);
  assert.equal(await status(open, { 'sec-fetch-site': 'same-origin' }), 404);
  assert.equal(await status(closed, {}), 404);
  assert.equal(await status(closed, { 'dapr-api-token': 'oars' }), 200);
  for (const url of [
    '/events/pubsub/stock',
    '/%65vents/pubsub/stock',
    '/event%73/pubsub/stock',
    '//events/pubsub/stock',
  ])
    assert.equal((await closed.app.inject({ method: 'POST', url, headers: json, payload: {} })).statusCode, 404, url);
});

test('request guards: every response has the security headers, and an error is not cached', async () => {
  await using shop = testStorefront();
  const big = { method: 'PUT' as const, url: '/api/cart/lines/x', headers: json, payload: 'x'.repeat(70_000) };
  const requests = ['/', '/api/cart', '/nothing.js', '/%', '/%zz', '/api/products/%00', '/healthz', big];
  for (const request of requests) {
    const { headers, statusCode } = await shop.app.inject(request);
    const description = `${statusCode} ${JSON.stringify(request).slice(0, 40)}`;
    assert.match(String(headers['content-security-policy']), /default-src 'self'/, description);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/, description);
    assert.equal(headers['x-content-type-options'], 'nosniff', description);
    if (statusCode >= 400) assert.equal(headers['cache-control'], 'no-store', description);
  }
});

test('request guards: a malformed request gets a problem with the security headers', async () => {
  await using shop = testStorefront();
  const { port } = new URL(await shop.app.listen({ port: 0, host: '127.0.0.1' }));
  for (const [bytes, status] of [
    ['NONSENSE\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nhost: shop\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (part: Buffer) => (text += part.toString()));
    socket.write(bytes);
    await once(socket, 'close');
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(text, /content-security-policy: default-src 'self'/);
    assert.match(text, /cache-control: no-store/);
    assert.match(text, /content-type: application\/problem\+json/);
  }
});

test('request guards: the trace of a client is logged, not continued', async () => {
  const lines: unknown[] = [];
  const log = { debug: (fields: object) => void lines.push(fields), info() {}, warn() {}, error() {} };
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await using shop = testStorefront({ log });
  await shop.app.inject({ url: '/api/cart', headers: { traceparent, tracestate: 'a=b', baggage: 'c=d' } });
  const { headers = {} } = shop.transport.requests[0] ?? {};
  assert.deepEqual(
    [headers['traceparent'], headers['tracestate'], headers['baggage']],
    [undefined, undefined, undefined],
  );
  assert.ok(lines.some((line) => (line as { link?: string }).link === traceparent));
});

test('request guards: no id leads to another route of a service', async () => {
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  const before = shop.calls().length;
  const ids = [
    '..%2finvariants',
    '..%2fdapr%2fsubscribe',
    '%2e%2e',
    '%252e%252e%252finvariants',
    'a%00',
    'a%2fb',
    'a%5cb',
    'ü',
  ];
  for (const id of ids) {
    for (const url of [`/api/products/${id}`, `/api/orders/${id}`, `/api/orders/${id}/inside`, `/api/checkouts/${id}`])
      assert.match(String((await shop.app.inject({ url, headers: { cookie } })).statusCode), /^40[04]$/, url);
    const line = { method: 'PUT' as const, url: `/api/cart/lines/${id}`, headers: json, payload: { quantity: 1 } };
    assert.match(String((await shop.app.inject(line)).statusCode), /^40[04]$/, id);
    const cancel = { method: 'POST' as const, url: `/api/orders/${id}/cancel` };
    assert.match(String((await shop.app.inject(cancel)).statusCode), /^40[04]$/, id);
  }
  assert.equal(shop.calls().length, before, 'nothing was called');
});
