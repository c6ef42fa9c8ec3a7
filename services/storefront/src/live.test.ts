import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveHub } from './live-hub.ts';
import { testStorefront } from './testing.ts';
import type { TestStorefront } from './testing.ts';

/** Opens `/api/live` over a real socket; `next` resolves with the next event. */
async function listen(shop: TestStorefront) {
  const url = await shop.app.listen({ port: 0, host: '127.0.0.1' });
  const first = await fetch(`${url}/api/home`);
  const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await first.body?.cancel();
  const answer = await fetch(`${url}/api/live`, { headers: { cookie } });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
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
  const shopper = decodeURIComponent(cookie).replace(/^tidewater=(.*)\.[^.]*$/, '$1');
  return { url, cookie, shopper, answer, frame };
}

const changed = (shopperId: string) => ({ orderId: 'TW-1', shopperId, version: 3 });

test('a page hears of its own orders as they are now, and of nobody else’s', async () => {
  await using shop = testStorefront({
    services: { 'GET order/orders/TW-1': () => ({ status: 200, json: { orderId: 'TW-1', version: 4 } }) },
  });
  const page = await listen(shop);
  assert.match(String(page.answer.headers.get('content-type')), /^text\/event-stream/);
  assert.equal(await page.frame(), 'retry: 2000');
  await shop.deliver('orders', 'order.changed', changed('somebody else'));
  assert.deepEqual(shop.calls(), ['GET catalog/home'], 'nobody is watching, so nothing is read');
  await shop.deliver('orders', 'order.changed', changed(page.shopper));
  assert.equal(await page.frame(), 'event: order\ndata: {"orderId":"TW-1","version":4}');
  assert.equal(await page.frame(), 'event: inside\ndata: {"orderId":"TW-1"}');
  assert.equal(shop.calls()[1], `GET order/orders/TW-1?shopper=${page.shopper}&version=3`);
});

test('a forged event shows nobody anything: what is told is read from its owner', async () => {
  await using shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop.deliver('orders', 'order.changed', { ...changed(page.shopper), status: 'refunded' });
  assert.equal(await page.frame(), 'event: inside\ndata: {"orderId":"TW-1"}');
});

test('every page hears of stock', async () => {
  await using shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop.deliver('stock', 'stock.changed', { productId: 'watch-cap', available: 3 });
  assert.equal(await page.frame(), 'event: stock\ndata: {"productId":"watch-cap","available":3}');
});

test('a shopper’s other pages hear of the cart', async () => {
  const services: Record<string, () => { status: number; json: unknown }> = {};
  await using shop = testStorefront({ services });
  const page = await listen(shop);
  await page.frame();
  services[`PUT cart/carts/${page.shopper}/lines/x`] = () => ({ status: 200, json: { count: 1 } });
  const headers = { cookie: page.cookie, 'content-type': 'application/json' };
  await fetch(`${page.url}/api/cart/lines/x`, { method: 'PUT', headers, body: '{"quantity":1}' });
  assert.equal(await page.frame(), 'event: cart\ndata: {"count":1}');
});

test('streams end when the storefront stops', async () => {
  const shop = testStorefront();
  const page = await listen(shop);
  await page.frame();
  await shop[Symbol.asyncDispose]();
  assert.equal(await page.frame(), 'end');
});

function handClock() {
  let tasks: (() => void)[] = [];
  return {
    now: () => 0,
    after(_delayMs: number, task: () => void) {
      tasks.push(task);
      return () => void (tasks = tasks.filter((other) => other !== task));
    },
    ring() {
      for (const task of tasks.splice(0)) task();
    },
    waiting: () => tasks.length,
  };
}

test('quiet pages get a heartbeat, and none after the end', async () => {
  const clock = handClock();
  const hub = liveHub({ clock });
  const page = hub.open('ann');
  clock.ring();
  assert.equal(String(page.read()), 'retry: 2000\n\n: calm\n\n');
  await hub.close();
  assert.equal(clock.waiting(), 0);
});

test('a page that does not read is let go instead of filling the memory', async () => {
  const hub = liveHub({ clock: handClock(), queueBytes: 1_000 });
  const page = hub.open('ann');
  const closed = new Promise((resolve) => page.on('close', resolve));
  for (let i = 0; i < 100; i++) hub.tellAll('stock', { productId: 'x'.repeat(50), available: i });
  await closed;
  assert.equal(hub.isWatching('ann'), false);
  assert.ok(page.readableLength < 2_000);
  await hub.close();
});
