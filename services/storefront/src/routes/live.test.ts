import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderChanged, orderDetails, shopperIn, testStorefront } from '../testing.ts';
import type { TestStorefront } from '../testing.ts';

/** Opens `/api/live` over a real socket; `next` resolves with the next event. */
async function listen(shop: TestStorefront) {
  const url = await shop.app.listen({ port: 0, host: '127.0.0.1' });
  const first = await fetch(`${url}/api/home`);
  const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await first.body?.cancel();
  const response = await fetch(`${url}/api/live`, { headers: { cookie } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const frame = async (): Promise<string> => {
    while (!text.includes('\n\n')) {
      const chunk = await reader?.read();
      if (chunk?.value === undefined) return 'end';
      text += chunk.value;
    }
    const [head = '', ...rest] = text.split('\n\n');
    text = rest.join('\n\n');
    return head;
  };
  const shopper = shopperIn(cookie);
  return { url, cookie, shopper, response, frame };
}

const changed = (shopperId: string) => orderChanged({ shopperId, version: 3 });

test('GET /live: a page receives the shopper’s current orders only', async () => {
  await using shop = testStorefront({
    services: { 'GET order/orders/TW-1': () => ({ status: 200, json: orderDetails({ version: 4 }) }) },
  });
  const page = await listen(shop);
  assert.match(String(page.response.headers.get('content-type')), /^text\/event-stream/);
  assert.equal(await page.frame(), 'retry: 2000');
  await shop.deliver('orders', 'order.changed', changed('guest-other'));
  assert.deepEqual(shop.calls(), ['GET catalog/home'], 'nobody is watching, so nothing is read');
  await shop.deliver('orders', 'order.changed', changed(page.shopper));
  assert.match(await page.frame(), /^event: order\ndata: \{"orderId":"TW-1".*"version":4.*We have your order/);
  assert.equal(await page.frame(), 'event: inside\ndata: {"orderId":"TW-1"}');
  assert.equal(shop.calls()[1], `GET order/orders/TW-1?shopper=${page.shopper}&version=3`);
});

test('GET /live: an order that cannot be read is not made of its event', async () => {
  await using shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop.deliver('orders', 'order.changed', { ...changed(page.shopper), status: 'refunded' });
  assert.equal(await page.frame(), 'event: inside\ndata: {"orderId":"TW-1"}');
});

test('GET /live: every page receives changes of stock', async () => {
  await using shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop.deliver('products', 'stock.changed', { productId: 'watch-cap', available: 3 });
  assert.equal(await page.frame(), 'event: stock\ndata: {"productId":"watch-cap","available":3}');
});

test('GET /live: a shopper’s other pages receive the changed cart', async () => {
  const services: Record<string, () => { status: number; json: unknown }> = {};
  await using shop = testStorefront({ services });
  const page = await listen(shop);
  await page.frame();
  services[`PUT cart/carts/${page.shopper}/lines/x`] = () => ({ status: 200, json: { count: 1 } });
  const headers = { cookie: page.cookie, 'content-type': 'application/json' };
  await fetch(`${page.url}/api/cart/lines/x`, { method: 'PUT', headers, body: '{"quantity":1}' });
  assert.equal(await page.frame(), 'event: cart\ndata: {"count":1}');
});

test('GET /live: streams end when the storefront stops', async () => {
  const shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop[Symbol.asyncDispose]();
  assert.equal(await page.frame(), 'end');
});

test('GET /live: a ninth stream of a shopper is a 429 with retry-after, until one ends', async () => {
  await using shop = testStorefront();
  const page = await listen(shop);
  const open = () => fetch(`${page.url}/api/live`, { headers: { cookie: page.cookie } });
  const streams = await Promise.all(Array.from({ length: 7 }, open));
  assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
  const ninth = await open();
  assert.deepEqual([ninth.status, ninth.headers.get('retry-after')], [429, '15']);
  assert.match(String(ninth.headers.get('content-type')), /problem\+json/);
  await ninth.body?.cancel();
  assert.match((await shop.context.metrics.text()).text, /store_open_streams\{app="test"\} 8\n/);
  await streams[0]?.body?.cancel();
  for (;;) {
    const again = await open();
    if (again.status === 200) break;
    await again.body?.cancel();
  }
  // A HEAD request opens no stream.
  assert.equal((await fetch(`${page.url}/api/live`, { method: 'HEAD', headers: { cookie: page.cookie } })).status, 404);
});

test('live subscriptions: an event with invalid data is DROP with the reason', async () => {
  await using shop = testStorefront();
  assert.equal(await shop.deliver('products', 'stock.changed', { productId: 'a/b', available: 3 }), 'DROP');
  assert.equal(await shop.deliver('orders', 'order.changed', { orderId: 'TW-1' }), 'DROP');
  assert.equal(await shop.deliver('orders', 'order.changed', orderChanged()), 'SUCCESS');
  const { payload } = await shop.app.inject({ url: '/dapr/subscribe' });
  assert.equal(payload.match(/storefront-dead-letters/g)?.length, 2);
});
