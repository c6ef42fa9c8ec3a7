import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, CheckoutRequest, InsideView, OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { startMock } from './mock-server.ts';

const start = () => startMock({ port: 0, stepMs: 1, delayMs: 0 });
const send = (url: string, method: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const read = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

const checkout = (cart: CartView): CheckoutRequest => ({
  contact: { name: 'Ada', email: 'ada@shore.test' },
  address: { street: 'Quay 1', postcode: '1011 AB', city: 'Haven', country: 'NL' },
  payment: { token: 'tok_good1' },
  expectedTotal: cart.total,
  cartVersion: cart.version,
});

test('mock storefront: one idempotency key buys one order, whose changes are published until it is delivered', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=rope`);
  await send(`${mock.url}/api/cart/lines/${products[0]?.id}`, 'PUT', { quantity: 2 });
  const delivered = Promise.withResolvers<OrderView>();
  mock.shop.subscribe(({ name, data }) => {
    if (name === 'order' && (data as OrderView).status === 'delivered') delivered.resolve(data as OrderView);
  });
  await send(`${mock.url}/provider/tokens`, 'POST', { number: '4242424242424242', expiry: '12/30', cvc: '123' });
  const body = checkout(await read<CartView>(`${mock.url}/api/cart`));
  const checkOut = () => send(`${mock.url}/api/checkout`, 'POST', body, { 'idempotency-key': 'k' });
  const first = await (await checkOut()).json();
  deepEqual(await (await checkOut()).json(), first);
  const order = await delivered.promise;
  equal(order.itemCount, 2);
  deepEqual(order.payment, { brand: 'Visa', last4: '4242' });
  deepEqual(await read(`${mock.url}/api/checkouts/k`), { orderId: order.orderId });
  equal((await fetch(`${mock.url}/api/checkouts/other`)).status, 404);
  equal((await read<CartView>(`${mock.url}/api/cart`)).count, 0);
  const inside = await read<InsideView>(`${mock.url}/api/orders/${order.orderId}/inside`);
  const seen = new Set<string>();
  for (const { spanId, parentSpanId } of inside.activities) {
    ok(parentSpanId === undefined || seen.has(parentSpanId), 'a parent comes before its children');
    seen.add(spanId);
  }
});

test('mock storefront: a changed price is returned as newPrice, and the checkout is 409 prices-changed', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=kettle`);
  const id = products[0]?.id ?? '';
  await send(`${mock.url}/api/cart/lines/${id}`, 'PUT', { quantity: 1 });
  await send(`${mock.url}/mock/price/${id}`, 'POST', { amount: 4400 });
  const cart = await read<CartView>(`${mock.url}/api/cart`);
  deepEqual([cart.pricesChanged, cart.lines[0]?.unitPrice.amount, cart.lines[0]?.newPrice?.amount], [true, 3900, 4400]);
  const rejected = await send(`${mock.url}/api/checkout`, 'POST', checkout(cart), { 'idempotency-key': 'k' });
  equal(rejected.status, 409);
  const problem = (await rejected.json()) as Problem;
  deepEqual([problem.type, problem.cart?.version], ['prices-changed', cart.version]);
});

test('mock storefront: a checkout is rejected for an old cart, for sold-out products, and for a reused key', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=kettle`);
  const id = products[0]?.id ?? '';
  const before = (await (await send(`${mock.url}/api/cart/lines/${id}`, 'PUT', { quantity: 1 })).json()) as CartView;
  const cart = (await (await send(`${mock.url}/api/cart/lines/${id}`, 'PUT', { quantity: 2 })).json()) as CartView;
  const problemOf = async (request: CheckoutRequest, key: string): Promise<string | undefined> => {
    const response = await send(`${mock.url}/api/checkout`, 'POST', request, { 'idempotency-key': key });
    return ((await response.json()) as Partial<Problem>).type;
  };
  equal(await problemOf(checkout(before), 'k1'), 'cart-changed');
  await send(`${mock.url}/mock/stock/${id}`, 'POST', { available: 1 });
  equal(await problemOf(checkout(cart), 'k1'), 'sold-out');
  await send(`${mock.url}/mock/stock/${id}`, 'POST', { available: 9 });
  equal(await problemOf(checkout(cart), 'k1'), undefined);
  const other = { ...checkout(cart), contact: { name: 'Eve', email: 'eve@shore.test' } };
  equal(await problemOf(other, 'k1'), 'idempotency-key-reused');
});

test('mock storefront: a fault of kind lost cuts off one response although the order is placed', async () => {
  await using mock = await start();
  const { products } = await read<ProductPage>(`${mock.url}/api/products?q=kettle`);
  await send(`${mock.url}/api/cart/lines/${products[0]?.id}`, 'PUT', { quantity: 1 });
  const body = checkout(await read<CartView>(`${mock.url}/api/cart`));
  mock.faults.add({ request: 'POST /api/checkout', kind: 'lost', times: 1 });
  const lost = await send(`${mock.url}/api/checkout`, 'POST', body, { 'idempotency-key': 'k' });
  await rejects(lost.json());
  const { orderId } = await read<{ orderId: string }>(`${mock.url}/api/checkouts/k`);
  const again = await send(`${mock.url}/api/checkout`, 'POST', body, { 'idempotency-key': 'k' });
  deepEqual(await again.json(), { orderId });
});

test('mock storefront: invalid input is rejected with the status of the storefront', async () => {
  await using mock = await start();
  equal((await send(`${mock.url}/api/cart/lines/nothing`, 'PUT', { quantity: 1 })).status, 404);
  equal((await send(`${mock.url}/api/cart/lines/nothing`, 'PUT', { quantity: -1 })).status, 400);
  equal((await fetch(`${mock.url}/api/orders/TW-NONE`)).status, 404);
});
