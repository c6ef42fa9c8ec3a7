import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { cookieOf, goodCheckout, problem, testStorefront } from '../testing.ts';
import type { Services } from '../testing.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Moves the clock in small steps until the response is there; resolves with how long it took. */
async function timed<T>(clock: ReturnType<typeof movableClock>, response: Promise<T>): Promise<[T, number]> {
  const startedAt = clock.now();
  let isDone = false;
  const done = response.finally(() => (isDone = true));
  for (let step = 0; step < 2_000 && !isDone; step++) {
    for (let i = 0; i < 3; i++) await turn();
    if (!isDone) clock.moveTo(clock.now() + 100);
  }
  return [await done, clock.now() - startedAt];
}

function open(services: Services) {
  const clock = movableClock(1_000_000);
  const shop = testStorefront({ clock, services });
  const get = (url: string, cookie = '') =>
    timed(clock, Promise.resolve(shop.app.inject({ url, headers: { cookie } })));
  return { clock, shop, get, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

test('shopServices: a hanging service delays a page by at most 2 s', async () => {
  await using sample = open({ 'GET order/orders/TW-1': () => problem(404) });
  sample.shop.hanging.add('catalog').add('cart');
  for (const url of ['/api/home', '/api/products', '/api/products/x', '/api/cart', '/api/orders/TW-1']) {
    const [response, ms] = await sample.get(url);
    assert.equal(response.statusCode, url === '/api/home' ? 200 : 503, url);
    assert.ok(ms <= 2_000, `${url} took ${ms} ms`);
  }
});

test('shopServices: after five timeouts the circuit opens, and a probe closes it', async () => {
  const page = { categories: [{ id: 'surf' }], picks: [], season: {} };
  await using sample = open({ 'GET catalog/home': () => ({ status: 200, json: page }) });
  await sample.get('/api/home');
  sample.shop.hanging.add('catalog');
  for (let i = 0; i < 5; i++) assert.ok((await sample.get('/api/home'))[1] >= 1_800);
  const calls = sample.shop.calls().length;
  const [home, homeMs] = await sample.get('/api/home');
  assert.deepEqual([home.json(), homeMs], [page, 0], 'as it last was, at once');
  const [products, productsMs] = await sample.get('/api/products');
  assert.deepEqual([products.statusCode, productsMs], [503, 0]);
  assert.equal(sample.shop.calls().length, calls, 'nothing was called');
  sample.shop.hanging.clear();
  sample.clock.moveTo(sample.clock.now() + 5_000);
  assert.deepEqual((await sample.get('/api/home'))[1], 0);
  assert.equal(sample.shop.calls().length, calls + 1);
});

test('shopServices: a service that rejects a request or fails with 500 does not open the circuit', async () => {
  await using sample = open({
    'GET catalog/products/x': () => problem(404),
    'GET catalog/products/x/related': () => problem(500),
    'GET catalog/home': () => ({ status: 200, json: { categories: [{ id: 'up' }] } }),
  });
  for (let i = 0; i < 20; i++) assert.equal((await sample.get('/api/products/x'))[0].statusCode, 404);
  assert.equal((await sample.get('/api/home'))[0].json().categories.length, 1);
});

test('shopServices: a checkout has a longer timeout than a page', async () => {
  await using sample = open({});
  const cookie = cookieOf((await sample.get('/api/home'))[0]);
  sample.shop.hanging.add('cart');
  const request = {
    method: 'POST' as const,
    url: '/api/checkout',
    headers: { cookie, 'idempotency-key': 'k' },
    payload: goodCheckout,
  };
  const [response, ms] = await timed(sample.clock, Promise.resolve(sample.shop.app.inject(request)));
  assert.equal(response.statusCode, 503);
  assert.ok(ms >= 15_000, `${ms} ms`);
});
