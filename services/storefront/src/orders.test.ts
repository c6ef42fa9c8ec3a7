import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf, problem, testStorefront } from './testing.ts';
import type { Services, TestStorefront } from './testing.ts';

const trace = 'a'.repeat(32);
const traceparent = `00-${trace}-${'b'.repeat(16)}-01`;

/** A storefront, and a shopper who has just been given the order TW-1. */
async function afterCheckout(
  services: (shopper: string) => Services,
): Promise<{ shop: TestStorefront; cookie: string; shopper: string }> {
  await using scout = testStorefront();
  const cookie = cookieOf(await scout.app.inject({ url: '/api/cart' }));
  const [, shopper = ''] = /carts\/(guest-[\w-]+)$/.exec(scout.calls()[0] ?? '') ?? [];
  const shop = testStorefront({
    // Waits of the storefront pass at once and move the clock.
    clock: steppingClock(),
    services: {
      [`POST cart/carts/${shopper}/checkout`]: () => ({ status: 202, json: { orderId: 'TW-1' } }),
      ...services(shopper),
    },
  });
  await shop.app.inject({
    method: 'POST',
    url: '/api/checkout',
    headers: { cookie, 'idempotency-key': 'k', 'content-type': 'application/json' },
    payload: '{}',
  });
  return { shop, cookie, shopper };
}

function steppingClock() {
  let now = 0;
  return {
    now: () => now,
    after(delayMs: number, task: () => void) {
      // Heartbeats are long and would step for ever.
      if (delayMs >= 1_000) return () => {};
      const immediate = setImmediate(() => {
        now += delayMs;
        task();
      });
      return () => clearImmediate(immediate);
    },
  };
}

test('an order that was placed a moment ago is waited for', async () => {
  let asked = 0;
  const { shop, cookie } = await afterCheckout(() => ({
    'GET order/orders/TW-1': () => (++asked < 5 ? problem(404) : { status: 200, json: { orderId: 'TW-1' } }),
  }));
  await using _ = shop;
  assert.equal((await shop.app.inject({ url: '/api/orders/TW-1', headers: { cookie } })).json().orderId, 'TW-1');
  assert.equal(asked, 5);
});

test('an order that never comes is 404 after three seconds', async () => {
  const { shop, cookie } = await afterCheckout(() => ({ 'GET order/orders/TW-1': () => problem(404) }));
  await using _ = shop;
  assert.equal((await shop.app.inject({ url: '/api/orders/TW-1', headers: { cookie } })).statusCode, 404);
  const asked = shop.calls().filter((call) => call.startsWith('GET order/')).length;
  assert.ok(asked >= 30 && asked <= 32, `${asked} times`);
});

test('nobody waits for the order of somebody else (eshop-996)', async () => {
  const { shop } = await afterCheckout(() => ({ 'GET order/orders/TW-1': () => problem(404) }));
  await using _ = shop;
  for (const path of ['TW-1', 'TW-1/inside']) {
    const before = shop.calls().length;
    assert.equal((await shop.app.inject({ url: `/api/orders/${path}` })).statusCode, 404);
    assert.equal(shop.calls().length, before + 1, 'asked once, and the sidecars not at all');
  }
});

const order = () => ({ status: 200, json: { orderId: 'TW-1' } });
const span = (spanId: string, parentSpanId: string | undefined, appId: string, startedAt: number) => ({
  seq: 1,
  appId,
  kind: 'invoke.send',
  name: spanId,
  traceId: trace,
  spanId,
  startedAt,
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
  ...(parentSpanId && { parentSpanId }),
});

test('the view inside asks for the trace that the order’s first event carried', async () => {
  const { shop, cookie, shopper } = await afterCheckout(() => ({
    'GET order/orders/TW-1': order,
    'GET /v1.0-outrigger/activities': () => ({ status: 200, json: { activities: [span('1', undefined, 'cart', 1)] } }),
  }));
  await using _ = shop;
  const untraced = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`;
  for (const header of [undefined, 'nonsense', untraced, traceparent])
    await shop.deliver('orders', 'order.changed', { orderId: 'TW-1', shopperId: shopper, version: 1 }, header);
  await shop.deliver(
    'orders',
    'order.changed',
    { orderId: 'TW-1', shopperId: shopper, version: 2 },
    traceparent.replaceAll('a', 'c'),
  );
  const view = (await shop.app.inject({ url: '/api/orders/TW-1/inside', headers: { cookie } })).json();
  assert.deepEqual([view.traceId, view.apps, view.activities.length], [trace, ['cart'], 1]);
  assert.match(
    shop.calls().at(-1) ?? '',
    new RegExp(`traceId=${trace}&apps=catalog%2Ccart%2Corder%2Cpayment%2Cstorefront`),
  );
});

test('the trace of an order from before a restart is found in what the sidecars kept', async () => {
  const { shop, cookie } = await afterCheckout(() => ({
    'GET order/orders/TW-1': order,
    'GET /v1.0-outrigger/activities': () => ({
      status: 200,
      json: { activities: [{ ...span('1', undefined, 'order', 1), input: '{"data":{"orderId":"TW-1"}}' }] },
    }),
  }));
  await using _ = shop;
  assert.equal((await shop.app.inject({ url: '/api/orders/TW-1/inside', headers: { cookie } })).json().traceId, trace);
});

test('a sidecar without activities gives 501, in words', async () => {
  const { shop, cookie } = await afterCheckout(() => ({
    'GET order/orders/TW-1': order,
    'GET /v1.0-outrigger/activities': () => ({ status: 404 }),
  }));
  await using _ = shop;
  const answer = await shop.app.inject({ url: '/api/orders/TW-1/inside', headers: { cookie } });
  assert.equal(answer.statusCode, 501);
  assert.match(answer.json().detail, /order itself is fine/);
});
