import { randomUUID } from 'node:crypto';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { CardToken, CartView, CheckoutRequest, OrderView } from '@tidewater/contracts/storefront.ts';
import { pause } from '../../harness/store.ts';
import { type PageClient, pageClient } from './page-client.ts';

/** The pages and commands of one purchase, in their order. */
export const pageNames = ['product list', 'product', 'add to cart', 'cart', 'card token', 'checkout', 'order'] as const;
export type PageName = (typeof pageNames)[number];

export interface Recorder {
  page(name: PageName, ms: number): void;
  /** A response was 503: the request is sent again. */
  unavailable(): void;
  /** An order was delivered, so long after its checkout was sent. */
  delivered(ms: number): void;
}

const deliveryLimitMs = 60_000;
/** As long as a page waits that misses an event. */
const reloadMs = 5_000;
const retryMs = 250;
const maxTries = 80;

/**
 * A new shopper buys one product with a page open, and leaves when the order is delivered. A shopper with many orders at once
 * would be rejected more often.
 */
export async function buyOrder(origin: string, productId: string, recorder: Recorder): Promise<void> {
  const client = pageClient(origin);
  try {
    await buy(client, productId, recorder);
  } finally {
    client.close();
  }
}

async function buy(client: PageClient, productId: string, recorder: Recorder): Promise<void> {
  const timed = async <T>(
    name: PageName,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<T> => {
    const begun = performance.now();
    let response = await client.request(method, path, body, headers);
    for (let tries = 1; response.status === 503 && tries < maxTries; tries++) {
      recorder.unavailable();
      await pause(retryMs);
      response = await client.request(method, path, body, headers);
    }
    recorder.page(name, performance.now() - begun);
    const { status, text } = response;
    if (status > 299) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  };
  const delivered = Promise.withResolvers<number>();
  // The stream's response sets the cookie that names the shopper.
  await client.listen('/api/live', (name, data) => {
    if (name === 'order' && (JSON.parse(data) as OrderView).status === 'delivered')
      delivered.resolve(performance.now());
  });
  await timed('product list', 'GET', '/api/products');
  await timed('product', 'GET', `/api/products/${productId}`);
  await timed('add to cart', 'PUT', `/api/cart/lines/${productId}`, { quantity: 1 });
  const cart = await timed<CartView>('cart', 'GET', '/api/cart');
  const card = { number: testCards.approved, expiry: '12/39', cvc: '123' };
  const { token } = await timed<CardToken>('card token', 'POST', '/provider/tokens', card);
  const request: CheckoutRequest = {
    contact: { name: 'Ada Tern', email: 'ada@example.org' },
    address: { street: 'Harbour Lane 4', postcode: '26723', city: 'Emden', country: 'DE' },
    payment: { token },
    expectedTotal: cart.total,
    cartVersion: cart.version,
  };
  const begun = performance.now();
  const headers = { 'idempotency-key': randomUUID() };
  const { orderId } = await timed<{ orderId: string }>('checkout', 'POST', '/api/checkout', request, headers);
  await timed('order', 'GET', `/api/orders/${orderId}`);
  const reload = setInterval(() => {
    if (performance.now() - begun > deliveryLimitMs) delivered.reject(new Error(`order ${orderId} was not delivered`));
    client.request('GET', `/api/orders/${orderId}`).then(({ status, text }) => {
      if (status === 200 && (JSON.parse(text) as OrderView).status === 'delivered')
        delivered.resolve(performance.now());
    }, delivered.reject);
  }, reloadMs);
  try {
    recorder.delivered((await delivered.promise) - begun);
  } finally {
    clearInterval(reload);
  }
}
