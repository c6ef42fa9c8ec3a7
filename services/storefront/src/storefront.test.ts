import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf, problem, testStorefront } from './testing.ts';

const emptyCart = { lines: [], count: 0, pricesChanged: false };
const json = { 'content-type': 'application/json' };

test('the first answer gives a signed cookie that no script can read, and the next ones keep it', async () => {
  await using shop = testStorefront({ services: { 'GET catalog/home': () => ({ status: 200, json: {} }) } });
  const first = await shop.app.inject({ url: '/api/home' });
  const header = String(first.headers['set-cookie']);
  assert.match(header, /^tidewater=guest-.*; Path=\/; HttpOnly; SameSite=Lax/);
  const second = await shop.app.inject({ url: '/api/home', headers: { cookie: cookieOf(first) } });
  assert.equal(second.headers['set-cookie'], undefined);
});

test('a cookie that was tampered with is somebody new', async () => {
  const seen: string[] = [];
  await using shop = testStorefront();
  const first = await shop.app.inject({ url: '/api/cart' });
  const forged = cookieOf(first).replace(/guest-./, 'guest-!');
  const second = await shop.app.inject({ url: '/api/cart', headers: { cookie: forged } });
  for (const call of shop.calls()) seen.push(call);
  assert.equal(new Set(seen).size, 2);
  assert.notEqual(second.headers['set-cookie'], undefined);
  assert.ok(!seen[1]?.includes('!'));
});

test('a shopper asks for their own cart and orders, by the name in the cookie', async () => {
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/cart' }));
  const [, shopper] = /carts\/(guest-[\w-]+)$/.exec(shop.calls()[0] ?? '') ?? [];
  for (const url of ['/api/orders', '/api/orders/TW-1']) await shop.app.inject({ url, headers: { cookie } });
  await shop.app.inject({ method: 'POST', url: '/api/orders/TW-1/cancel', headers: { cookie } });
  assert.deepEqual(shop.calls().slice(1), [
    `GET order/orders?shopper=${shopper}`,
    `GET order/orders/TW-1?shopper=${shopper}`,
    `POST order/orders/TW-1/cancel?shopper=${shopper}`,
  ]);
});

test('a service that is away is a calm 503', async () => {
  await using shop = testStorefront();
  for (const url of ['/api/products', '/api/products/x', '/api/cart', '/api/orders', '/api/orders/x']) {
    const answer = await shop.app.inject({ url });
    assert.equal(answer.statusCode, 503, url);
    assert.match(String(answer.headers['content-type']), /application\/problem\+json/);
    assert.match(answer.json().detail, /try again/i);
    assert.doesNotMatch(answer.body, /away|ERR_|\.ts/);
  }
});

test('the home page opens without the catalog, with what it last had (online-boutique-3473)', async () => {
  let isUp = false;
  const page = { categories: [{ id: 'surf' }], picks: [], season: {} };
  const home = () => (isUp ? { status: 200, json: page } : { status: 500, json: {} });
  await using shop = testStorefront({ services: { 'GET catalog/home': home } });
  const cold = await shop.app.inject({ url: '/api/home' });
  assert.equal(cold.statusCode, 200);
  assert.deepEqual(cold.json().categories, []);
  isUp = true;
  assert.deepEqual((await shop.app.inject({ url: '/api/home' })).json(), page);
  isUp = false;
  assert.deepEqual((await shop.app.inject({ url: '/api/home' })).json(), page);
});

test('a product is shown although its neighbours cannot be', async () => {
  await using shop = testStorefront({
    services: { 'GET catalog/products/x': () => ({ status: 200, json: { id: 'x' } }) },
  });
  assert.deepEqual((await shop.app.inject({ url: '/api/products/x' })).json(), { product: { id: 'x' }, related: [] });
});

test('a search is passed on, and never as the list by ids', async () => {
  await using shop = testStorefront({ services: { 'GET catalog/products': () => ({ status: 200, json: {} }) } });
  await shop.app.inject({ url: '/api/products?q=sea+kayak&brand=Halyard+%26+Sons&ids=a,b' });
  assert.deepEqual(shop.calls(), ['GET catalog/products?q=sea+kayak&brand=Halyard+%26+Sons']);
});

test('refusals of services come through with their status and members', async () => {
  await using shop = testStorefront({
    services: {
      'GET catalog/products/none': () => problem(404),
      'GET catalog/products/none/related': () => problem(404),
      'GET catalog/products': () => problem(400, { errors: [{ field: 'min', message: 'must be a whole number' }] }),
    },
  });
  assert.equal((await shop.app.inject({ url: '/api/products/none' })).statusCode, 404);
  const refused = await shop.app.inject({ url: '/api/products?min=-1' });
  assert.deepEqual([refused.statusCode, refused.json().errors[0].field], [400, 'min']);
});

test('a checkout passes its key on and a change of prices comes back with the cart', async () => {
  let status = 202;
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/cart' }));
  const cart = shop.calls()[0]?.replace('GET ', 'POST ') ?? '';
  await using open = testStorefront({
    services: {
      [`${cart}/checkout`]: () =>
        status === 202 ? { status, json: { orderId: 'TW-1' } } : problem(409, { cart: emptyCart }),
    },
  });
  const checkOut = (headers: Record<string, string> = {}) =>
    open.app.inject({
      method: 'POST',
      url: '/api/checkout',
      headers: { cookie, ...json, ...headers },
      payload: '{"a":1}',
    });
  assert.equal((await checkOut()).statusCode, 400);
  const placed = await checkOut({ 'idempotency-key': 'k1' });
  assert.deepEqual([placed.statusCode, placed.json()], [202, { orderId: 'TW-1' }]);
  assert.equal(open.transport.requests.at(-1)?.headers['idempotency-key'], 'k1');
  status = 409;
  const changed = await checkOut({ 'idempotency-key': 'k2' });
  assert.deepEqual([changed.statusCode, changed.json().cart], [409, emptyCart]);
});

test('malformed JSON is 400, more than 64 kB is 413, and neither reaches a service', async () => {
  await using shop = testStorefront();
  const put = (payload: string) => shop.app.inject({ method: 'PUT', url: '/api/cart/lines/x', headers: json, payload });
  assert.equal((await put('{"quantity":')).statusCode, 400);
  const large = await put(JSON.stringify({ quantity: 1, pad: 'x'.repeat(65 << 10) }));
  assert.equal(large.statusCode, 413);
  assert.match(String(large.headers['content-type']), /application\/problem\+json/);
  assert.deepEqual(shop.calls(), []);
});

test('whoever sends 10 MB is told so instead of being cut off', async () => {
  await using shop = testStorefront();
  const url = await shop.app.listen({ port: 0, host: '127.0.0.1' });
  const body = JSON.stringify({ quantity: 1, pad: 'x'.repeat(10_000_000) });
  for (const [method, path] of [
    ['PUT', '/api/cart/lines/x'],
    ['POST', '/provider/tokens'],
  ] as const) {
    const answer = await fetch(url + path, { method, headers: json, body });
    assert.equal(answer.status, 413, path);
    assert.match(String(answer.headers.get('content-type')), /application\/problem\+json/);
    await answer.body?.cancel();
  }
  assert.deepEqual(shop.calls(), []);
});

test('requests that other sites forge are refused', async () => {
  await using shop = testStorefront();
  const status = async (headers: Record<string, string>) =>
    (await shop.app.inject({ method: 'POST', url: '/api/cart/prices', headers: { host: 'shop.example', ...headers } }))
      .statusCode;
  assert.equal(await status({ origin: 'https://evil.example' }), 403);
  assert.equal(await status({ origin: 'null' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'cross-site', origin: 'http://shop.example' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-site' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 503);
  assert.equal(await status({ origin: 'http://shop.example' }), 503);
  assert.equal(await status({}), 503);
});

test('what is for the sidecar is not there for browsers, nor for anyone without the token when there is one', async () => {
  await using open = testStorefront();
  await using closed = testStorefront({ env: { APP_API_TOKEN: 'oars' } });
  const status = async (shop: typeof open, headers: Record<string, string>) =>
    (await shop.app.inject({ url: '/dapr/subscribe', headers })).statusCode;
  assert.equal(await status(open, {}), 200);
  assert.equal(await status(open, { cookie: 'tidewater=x' }), 404);
  assert.equal(await status(open, { 'sec-fetch-site': 'same-origin' }), 404);
  assert.equal(await status(closed, {}), 404);
  assert.equal(await status(closed, { 'dapr-api-token': 'oars' }), 200);
});

test('every answer forbids scripts, frames and guesses from elsewhere', async () => {
  await using shop = testStorefront();
  for (const url of ['/', '/api/cart', '/nothing.js']) {
    const { headers } = await shop.app.inject({ url });
    assert.match(String(headers['content-security-policy']), /default-src 'self'/);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});
