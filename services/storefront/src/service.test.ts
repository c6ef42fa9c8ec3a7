import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf, goodCheckout, problem, shopperIn, testStorefront } from './testing.ts';

const emptyCart = { lines: [], count: 0, pricesChanged: false };
const json = { 'content-type': 'application/json' };

test('storefront: cart and orders are those of the shopper in the cookie', async () => {
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/cart' }));
  const shopper = shopperIn(cookie);
  for (const url of ['/api/orders', '/api/orders/TW-1']) await shop.app.inject({ url, headers: { cookie } });
  await shop.app.inject({ method: 'POST', url: '/api/orders/TW-1/cancel', headers: { cookie } });
  assert.deepEqual(shop.calls().slice(1), [
    `GET order/orders?shopper=${shopper}`,
    `GET order/orders/TW-1?shopper=${shopper}`,
    `POST order/orders/TW-1/cancel?shopper=${shopper}`,
  ]);
});

test('storefront: an unavailable service is a 503 without internal details', async () => {
  await using shop = testStorefront();
  for (const url of ['/api/products', '/api/products/x', '/api/cart', '/api/orders', '/api/orders/x']) {
    const response = await shop.app.inject({ url });
    assert.equal(response.statusCode, 503, url);
    assert.match(String(response.headers['content-type']), /application\/problem\+json/);
    assert.match(response.json().detail, /try again/i);
    assert.doesNotMatch(response.body, /is unavailable|ERR_|\.ts/);
  }
});

test('GET /home: without the catalog it returns the last response (online-boutique-3473)', async () => {
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

test('GET /products/:id: a product is returned although related ones are unavailable', async () => {
  await using shop = testStorefront({
    services: { 'GET catalog/products/x': () => ({ status: 200, json: { id: 'x' } }) },
  });
  assert.deepEqual((await shop.app.inject({ url: '/api/products/x' })).json(), { product: { id: 'x' }, related: [] });
});

test('GET /products: a search is forwarded, and never as the list by ids', async () => {
  await using shop = testStorefront({ services: { 'GET catalog/products': () => ({ status: 200, json: {} }) } });
  await shop.app.inject({
    url: '/api/products?q=sea+kayak&brand=Halyard+%26+Sons&brand=B&min=&utm_source=mail&ids=a,b',
  });
  assert.deepEqual(shop.calls(), ['GET catalog/products?q=sea+kayak&brand=Halyard+%26+Sons&brand=B']);
});

test('storefront: problems of services are returned with their status and members', async () => {
  await using shop = testStorefront({
    services: {
      'GET catalog/products/none': () => problem(404),
      'GET catalog/products/none/related': () => problem(404),
      'GET catalog/products': () => problem(400, { errors: [{ field: 'min', message: 'must be a whole number' }] }),
    },
  });
  assert.equal((await shop.app.inject({ url: '/api/products/none' })).statusCode, 404);
  const rejected = await shop.app.inject({ url: '/api/products?min=1' });
  assert.deepEqual([rejected.statusCode, rejected.json().errors[0].field], [400, 'min']);
});

test('GET /products: an invalid parameter is a 400 with the field, and reaches no service', async () => {
  await using shop = testStorefront();
  for (const [query, field] of [
    ['q=%00', 'q'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['q=a&q=b', 'q'],
    ['category=%00', 'category'],
    ['category=a%2fb', 'category'],
    ['brand=%00', 'brand[0]'],
    ['min=-1', 'min'],
    ['max=1e9', 'max'],
    ['stock=yes', 'stock'],
    ['sort=colour', 'sort'],
    ['page=x', 'page'],
    ['size=1000', 'size'],
  ]) {
    const response = await shop.app.inject({ url: `/api/products?${query}` });
    assert.deepEqual([response.statusCode, response.json().errors?.[0].field], [400, field], query);
  }
  assert.deepEqual(shop.calls(), []);
});

const checkout = (headers: Record<string, string>, changes: Readonly<Record<string, unknown>> = {}) => ({
  method: 'POST' as const,
  url: '/api/checkout',
  headers: { ...json, ...headers },
  payload: { ...goodCheckout, ...changes },
});

test('POST /checkout: the key is forwarded, and 409, 422 and 429 are returned unchanged', async () => {
  let outcome = () => ({ status: 202, json: { orderId: 'TW-1' } as Record<string, unknown> });
  const services: Record<string, () => ReturnType<typeof outcome>> = {};
  await using shop = testStorefront({ services });
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  services[`POST cart/carts/${shopperIn(cookie)}/checkout`] = () => outcome();
  const placed = await shop.app.inject(checkout({ cookie, 'idempotency-key': 'k1' }));
  assert.deepEqual([placed.statusCode, placed.json()], [202, { orderId: 'TW-1' }]);
  const sent = shop.transport.requests.at(-1);
  assert.equal(sent?.headers['idempotency-key'], 'k1');
  assert.deepEqual(JSON.parse(String(sent?.body)), goodCheckout);
  for (const [status, type] of [
    [409, 'prices-changed'],
    [409, 'sold-out'],
    [422, 'idempotency-key-reused'],
    [429, 'too-many-requests'],
  ] as const) {
    outcome = () => problem(status, { type, cart: emptyCart });
    const response = await shop.app.inject(checkout({ cookie, 'idempotency-key': 'k2' }));
    assert.deepEqual([response.statusCode, response.json().type, response.json().cart], [status, type, emptyCart]);
  }
});

test('POST /checkout: an invalid key or body is a 400 with the field, and reaches no service', async () => {
  await using shop = testStorefront();
  const key = { 'idempotency-key': 'k' };
  const contact = (name: string) => ({ contact: { ...goodCheckout.contact, name } });
  for (const [request, field] of [
    [checkout({}), 'idempotency-key'],
    [checkout({ 'idempotency-key': 'a b' }), 'idempotency-key'],
    [checkout({ 'idempotency-key': 'x'.repeat(201) }), 'idempotency-key'],
    [checkout(key, contact('Ann\0')), 'contact.name'],
    [checkout(key, contact('\ud800')), 'contact.name'],
    [checkout(key, { payment: { token: '4242424242424242' } }), 'payment.token'],
    [checkout(key, { cartVersion: undefined }), 'cartVersion'],
    [checkout(key, { address: { ...goodCheckout.address, country: 'ZZ' } }), 'address.country'],
  ] as const) {
    const response = await shop.app.inject(request);
    assert.deepEqual([response.statusCode, response.json().errors?.[0].field], [400, field]);
  }
  assert.deepEqual(shop.calls(), []);
});

test('PUT /cart/lines/:productId: an invalid quantity is a 400, and reaches no service', async () => {
  await using shop = testStorefront();
  for (const quantity of [-3, 1.5, 100, '3', null, undefined]) {
    const request = { method: 'PUT' as const, url: '/api/cart/lines/x', headers: json, payload: { quantity } };
    assert.equal((await shop.app.inject(request)).statusCode, 400, String(quantity));
  }
  assert.deepEqual(shop.calls(), []);
});

test('storefront: malformed JSON is 400, more than 64 kB is 413, and neither reaches a service', async () => {
  await using shop = testStorefront();
  const put = (payload: string) => shop.app.inject({ method: 'PUT', url: '/api/cart/lines/x', headers: json, payload });
  assert.equal((await put('{"quantity":')).statusCode, 400);
  const large = await put(JSON.stringify({ quantity: 1, pad: 'x'.repeat(65 << 10) }));
  assert.equal(large.statusCode, 413);
  assert.match(String(large.headers['content-type']), /application\/problem\+json/);
  assert.deepEqual(shop.calls(), []);
});

test('storefront: a body of 10 MB receives its 413 before the connection ends', async () => {
  await using shop = testStorefront();
  const url = await shop.app.listen({ port: 0, host: '127.0.0.1' });
  const body = JSON.stringify({ quantity: 1, pad: 'x'.repeat(10_000_000) });
  for (const [method, path] of [
    ['PUT', '/api/cart/lines/x'],
    ['POST', '/provider/tokens'],
  ] as const) {
    const response = await fetch(url + path, { method, headers: json, body });
    assert.equal(response.status, 413, path);
    assert.match(String(response.headers.get('content-type')), /application\/problem\+json/);
    await response.body?.cancel();
  }
  assert.deepEqual(shop.calls(), []);
});
