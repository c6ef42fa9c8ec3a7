import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment } from '@tidewater/kit/service-context.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { testContext } from '@tidewater/kit/testing.ts';
import type { OrderProjection } from '../queries/projection.ts';
import { orderRoutes } from './orders.ts';
import type { Orders } from '../commands/order-actor.ts';

function open(state = 'yours') {
  const calls: unknown[][] = [];
  const note =
    (name: string, result: unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      calls.push([name, ...args]);
      return result;
    };
  const reference = {
    view: note('view', { version: 9 }),
    cancel: note('cancel', {}),
    submission: note('submission', { state }),
  };
  const orders = { get: () => reference } as unknown as Orders;
  const projection = {
    order: note('model.order', { version: 2 }),
    ordersOf: note('ordersOf', []),
  } as unknown as OrderProjection;
  const repair = { include: note('include', undefined) } as unknown as Parameters<typeof orderRoutes>[0]['repair'];
  const context = testContext({ env: environment({ APP_API_TOKEN: 'token' }) });
  // The fakes respond with parts of an order.
  const app = serviceApp(context, { routes: orderRoutes({ orders, projection, repair }) }, { checksResponses: false });
  const inject = (url: string, method: 'GET' | 'POST' = 'GET') =>
    app.inject({ url, method, headers: { 'dapr-api-token': 'token' } });
  return { app, inject, calls };
}

test('GET /orders: limit and before are parsed', async () => {
  const { inject, calls } = open();
  assert.equal((await inject('/orders?shopper=ann')).statusCode, 200);
  assert.equal((await inject('/orders?shopper=ann&limit=20&before=TW-2')).statusCode, 200);
  assert.deepEqual(calls, [
    ['ordersOf', 'ann', { limit: 200, before: undefined }],
    ['ordersOf', 'ann', { limit: 20, before: 'TW-2' }],
  ]);
});

test('GET /orders/:id: a newer version than the projection has comes from the actor', async () => {
  const { inject, calls } = open();
  assert.equal((await inject('/orders/TW-2?shopper=ann&version=2')).json<{ version: number }>().version, 2);
  assert.equal((await inject('/orders/TW-2?shopper=ann&version=3')).json<{ version: number }>().version, 9);
  assert.deepEqual(calls.at(-1), ['view', { shopperId: 'ann' }]);
});

test('GET /orders/:id/submission: an order that exists is in the projection before the cart closes its checkout', async () => {
  const yours = open();
  const url = '/orders/TW-2/submission?shopper=ann&checkout=c1';
  assert.deepEqual((await yours.inject(url)).json(), { state: 'yours' });
  assert.deepEqual(yours.calls, [
    ['submission', { shopperId: 'ann', checkoutId: 'c1' }],
    ['include', 'TW-2'],
  ]);
  const none = open('none');
  assert.deepEqual((await none.inject(url)).json(), { state: 'none' });
  assert.equal(none.calls.length, 1);
});

const wrong: readonly (readonly [method: 'GET' | 'POST', url: string])[] = [
  ['GET', '/orders'],
  ['GET', '/orders?shopper=a%00b'],
  ['GET', '/orders?shopper=..%2feve'],
  ['GET', '/orders?shopper=ann&limit=0'],
  ['GET', '/orders?shopper=ann&limit=1e9'],
  ['GET', '/orders?shopper=ann&before=%20'],
  ['GET', '/orders/a%2fb?shopper=ann'],
  ['GET', '/orders/a%00b?shopper=ann'],
  ['GET', '/orders/TW-2?shopper=ann&version=x'],
  ['GET', '/orders/TW-2/submission?shopper=ann'],
  ['POST', '/orders/..%2fx/cancel?shopper=ann'],
];
for (const [method, url] of wrong) {
  test(`${method} ${url}: is 400 and calls nothing`, async () => {
    const { inject, calls } = open();
    const reply = await inject(url, method);
    assert.deepEqual([reply.statusCode, reply.headers['content-type']], [400, 'application/problem+json']);
    assert.deepEqual(calls, []);
  });
}

test('routes: without the token of the sidecar every route is 401', async () => {
  const { app, calls } = open();
  assert.equal((await app.inject('/orders?shopper=ann')).statusCode, 401);
  assert.deepEqual(calls, []);
});
