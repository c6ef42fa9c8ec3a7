import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@outrigger/sdk';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import { cartRoutes } from './routes.ts';
import type { Carts } from './routes.ts';

const cart = { lines: [], count: 0 };

function open(rejection?: ProblemError) {
  const calls: unknown[][] = [];
  const response =
    (name: string, result: unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      calls.push([name, ...args]);
      if (rejection) throw rejection;
      return result;
    };
  const reference = {
    view: response('view', cart),
    setLine: response('setLine', cart),
    acceptPrices: response('acceptPrices', cart),
    checkout: response('checkout', { orderId: 'TW-22222222' }),
    checkoutBy: response('checkoutBy', { orderId: 'TW-22222222', state: 'placed' }),
  };
  const carts = { get: () => reference } as unknown as Carts;
  return { app: serviceApp(testContext(), { routes: cartRoutes(carts) }), calls };
}

const goodCheckout = {
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1' },
  expectedTotal: { amount: 100, currency: 'EUR' },
  cartVersion: 3,
};

for (const quantity of [-1, 1.5, 100, '3', null, undefined, 1e99]) {
  test(`PUT /carts/:shopper/lines/:productId: a quantity of ${JSON.stringify(quantity)} is 400 with the field`, async () => {
    const { app, calls } = open();
    const reply = await app.inject({ method: 'PUT', url: '/carts/ann/lines/rope', payload: { quantity } });
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    assert.equal(reply.json<{ errors: { field: string }[] }>().errors[0]?.field, 'quantity');
    assert.deepEqual(calls, []);
  });
}

test('routes: malformed JSON is 400', async () => {
  const { app } = open();
  const headers = { 'content-type': 'application/json' };
  const reply = await app.inject({ method: 'PUT', url: '/carts/ann/lines/rope', headers, payload: '{"quantity":' });
  assert.equal(reply.statusCode, 400);
  assert.equal(reply.headers['content-type'], 'application/problem+json');
});

test('routes: an invalid shopper id is 400', async () => {
  const { app } = open();
  assert.equal((await app.inject('/carts/a%2Fb')).statusCode, 400);
});

test('POST /carts/:shopper/checkout: is accepted with its key', async () => {
  const { app, calls } = open();
  const headers = { 'idempotency-key': 'k1' };
  const reply = await app.inject({ method: 'POST', url: '/carts/ann/checkout', headers, payload: goodCheckout });
  assert.equal(reply.statusCode, 202);
  assert.deepEqual(reply.json(), { orderId: 'TW-22222222' });
  assert.deepEqual(calls, [['checkout', { key: 'k1', request: goodCheckout }]]);
});

test('POST /carts/:shopper/checkout: a missing key and each invalid field are named', async () => {
  const { app } = open();
  const url = '/carts/ann/checkout';
  assert.equal((await app.inject({ method: 'POST', url, payload: goodCheckout })).statusCode, 400);
  const payload = {
    ...goodCheckout,
    contact: { name: ' ', email: 'nobody' },
    payment: { token: '4242424242424242' },
    address: { ...goodCheckout.address, country: 'ZZ' },
  };
  const reply = await app.inject({ method: 'POST', url, headers: { 'idempotency-key': 'k' }, payload });
  const fields = reply.json<{ errors: { field: string }[] }>().errors.map(({ field }) => field);
  assert.deepEqual([...new Set(fields)], ['contact.name', 'contact.email', 'address.country', 'payment.token']);
});

test('routes: a problem of the actor reaches the caller with its cart', async () => {
  const { app } = open(new ProblemError({ status: 409, type: 'prices-changed', title: 'Conflict', detail: 'x', cart }));
  const headers = { 'idempotency-key': 'k1' };
  const reply = await app.inject({ method: 'POST', url: '/carts/ann/checkout', headers, payload: goodCheckout });
  assert.equal(reply.statusCode, 409);
  assert.deepEqual(reply.json<{ cart: unknown }>().cart, cart);
});

test('GET /carts/:shopper/checkouts/:reference: a key or an order number finds the checkout', async () => {
  const { app, calls } = open();
  const reply = await app.inject('/carts/ann/checkouts/order:1.2');
  assert.deepEqual(reply.json(), { orderId: 'TW-22222222', state: 'placed' });
  assert.deepEqual(calls, [['checkoutBy', { reference: 'order:1.2' }]]);
  assert.equal((await app.inject('/carts/ann/checkouts/a%20b')).statusCode, 400);
});

test('routes: a 429 of the actor has retry-after', async () => {
  const { app } = open(new ProblemError({ status: 429, type: 'too-many-requests', title: 'x', detail: 'x' }));
  const headers = { 'idempotency-key': 'k1' };
  const reply = await app.inject({ method: 'POST', url: '/carts/ann/checkout', headers, payload: goodCheckout });
  assert.deepEqual([reply.statusCode, reply.headers['retry-after']], [429, '60']);
});
