import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { eur } from '@tidewater/contracts/money.ts';
import { cookieOf, goodCheckout, orderDetails, problem, shopperIn, testStorefront } from '../testing.ts';
import type { Services, TestStorefront } from '../testing.ts';

type ServiceTable = Record<string, Services[string]>;

/** A storefront and a shopper; the services are made for them. */
async function withShopper(services: (shopper: string) => Services): Promise<
  AsyncDisposable & {
    readonly shop: TestStorefront;
    readonly get: (path: string) => Promise<LightMyRequestResponse>;
  }
> {
  const table: ServiceTable = {};
  const shop = testStorefront({ services: table });
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  Object.assign(table, services(shopperIn(cookie)));
  const get = async (path: string) => shop.app.inject({ url: `/api${path}`, headers: { cookie } });
  return { shop, get, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

const request = {
  lines: [
    { productId: 'rope', name: 'Rope', quantity: 2, unitPrice: eur(100) },
    { productId: 'cap', name: 'Cap', quantity: 1, unitPrice: eur(300) },
  ],
  contact: goodCheckout.contact,
  address: goodCheckout.address,
  delivery: eur(50),
  total: eur(550),
  placedAt: '2026-01-01T00:00:00.000Z',
};
const ok = (json: unknown) => () => ({ status: 200, json });
const missing = () => problem(404);

test('GET /orders/:id: an accepted order that does not exist yet is shown from the stored checkout', async () => {
  await using page = await withShopper((shopper) => ({
    'GET order/orders/TW-1': missing,
    [`GET cart/carts/${shopper}/checkouts/TW-1`]: ok({ orderId: 'TW-1', state: 'pending', request }),
  }));
  const response = await page.get('/orders/TW-1');
  assert.equal(response.statusCode, 200);
  const { next, ...order } = response.json<Record<string, unknown>>();
  assert.equal(typeof next, 'string');
  assert.deepEqual(order, {
    orderId: 'TW-1',
    status: 'submitted',
    placedAt: '2026-01-01T00:00:00.000Z',
    total: eur(550),
    itemCount: 3,
    version: 0,
    lines: request.lines,
    delivery: eur(50),
    contact: goodCheckout.contact,
    address: goodCheckout.address,
    payment: {},
    steps: [],
    canCancel: false,
  });
});

test('GET /orders/:id: a replaced number returns the order with the new one', async () => {
  let isThere = false;
  await using page = await withShopper((shopper) => ({
    'GET order/orders/TW-1': missing,
    'GET order/orders/TW-2': () =>
      isThere ? { status: 200, json: orderDetails({ orderId: 'TW-2', version: 3 }) } : problem(404),
    [`GET cart/carts/${shopper}/checkouts/TW-1`]: () => ({
      status: 200,
      json: isThere ? { orderId: 'TW-2', state: 'placed' } : { orderId: 'TW-2', state: 'pending', request },
    }),
  }));
  const pending = (await page.get('/orders/TW-1')).json();
  assert.deepEqual([pending.orderId, pending.version], ['TW-2', 0]);
  isThere = true;
  const { orderId, version, steps, next } = (await page.get('/orders/TW-1')).json();
  assert.deepEqual([orderId, version, steps[0].status], ['TW-2', 3, 'submitted']);
  assert.match(`${steps[0].text} ${next}`, /We have your order.*set your things aside/);
});

test('GET /orders/:id: an unknown or abandoned order is a 404 after one request to each service', async () => {
  await using page = await withShopper((shopper) => ({
    'GET order/orders/TW-1': missing,
    'GET order/orders/TW-9': missing,
    [`GET cart/carts/${shopper}/checkouts/TW-1`]: ok({ orderId: 'TW-1', state: 'abandoned' }),
    [`GET cart/carts/${shopper}/checkouts/TW-9`]: missing,
  }));
  for (const path of ['/orders/TW-1', '/orders/TW-9', '/orders/TW-9/inside']) {
    const before = page.shop.calls().length;
    assert.equal((await page.get(path)).statusCode, 404, path);
    assert.equal(page.shop.calls().length, before + 2, 'and no request is sent');
  }
});

test('GET /orders/:id: while the cart is unavailable an unknown order is a 503, not a 404', async () => {
  await using page = await withShopper(() => ({ 'GET order/orders/TW-1': missing }));
  assert.equal((await page.get('/orders/TW-1')).statusCode, 503);
});

test('GET /checkouts/:key: returns the order number of a checkout', async () => {
  await using page = await withShopper((shopper) => ({
    [`GET cart/carts/${shopper}/checkouts/k:1`]: ok({ orderId: 'TW-1', state: 'pending', request }),
    [`GET cart/carts/${shopper}/checkouts/k%3A1`]: ok({ orderId: 'TW-1', state: 'pending', request }),
    [`GET cart/carts/${shopper}/checkouts/other`]: missing,
  }));
  const response = await page.get('/checkouts/k:1');
  assert.deepEqual([response.statusCode, response.json()], [200, { orderId: 'TW-1' }], 'and nothing else');
  assert.equal((await page.get('/checkouts/other')).statusCode, 404);
});
