import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, InsideView, OrderView } from '@tidewater/contracts/storefront.ts';
import { startMock } from './mock-server.ts';

const start = () => startMock({ port: 0, stepMs: 1, delayMs: 0 });
const send = (url: string, method: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const read = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

test('an order can be bought once with one key, and is told live until it is delivered', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=rope`);
  await send(`${mock.url}/api/cart/lines/${products[0]?.id}`, 'PUT', { quantity: 2 });
  const delivered = Promise.withResolvers<OrderView>();
  mock.shop.subscribe(({ name, data }) => {
    if (name === 'order' && (data as OrderView).status === 'delivered') delivered.resolve(data as OrderView);
  });
  const checkOut = () =>
    send(
      `${mock.url}/api/checkout`,
      'POST',
      { contact: {}, address: {}, payment: { token: 'tok_good', brand: 'visa', last4: '4242' } },
      { 'idempotency-key': 'k' },
    );
  const first = await (await checkOut()).json();
  deepEqual(await (await checkOut()).json(), first);
  const order = await delivered.promise;
  equal(order.itemCount, 2);
  equal((await read<CartView>(`${mock.url}/api/cart`)).count, 0);
  const inside = await read<InsideView>(`${mock.url}/api/orders/${order.orderId}/inside`);
  const seen = new Set<string>();
  for (const { spanId, parentSpanId } of inside.activities) {
    ok(parentSpanId === undefined || seen.has(parentSpanId), 'a parent comes before its children');
    seen.add(spanId);
  }
});

test('a changed price is shown beside the one that was seen, and refuses the checkout', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=kettle`);
  const id = products[0]?.id ?? '';
  await send(`${mock.url}/api/cart/lines/${id}`, 'PUT', { quantity: 1 });
  await send(`${mock.url}/mock/price/${id}`, 'POST', { amount: 4400 });
  const cart = await read<CartView>(`${mock.url}/api/cart`);
  deepEqual([cart.pricesChanged, cart.lines[0]?.unitPrice.amount, cart.lines[0]?.newPrice?.amount], [true, 3900, 4400]);
  equal((await send(`${mock.url}/api/checkout`, 'POST', {}, { 'idempotency-key': 'k' })).status, 409);
});

test('wrong input is refused as the storefront would', async () => {
  await using mock = await start();
  equal((await send(`${mock.url}/api/cart/lines/nothing`, 'PUT', { quantity: 1 })).status, 404);
  equal((await send(`${mock.url}/api/cart/lines/nothing`, 'PUT', { quantity: -1 })).status, 400);
  equal((await fetch(`${mock.url}/api/orders/TW-NONE`)).status, 404);
});
