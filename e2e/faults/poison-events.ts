import { randomBytes, randomUUID } from 'node:crypto';
import type { OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { homeOf, secretsIn } from '../harness/secrets.ts';
import type { Running } from '../harness/store.ts';

/** Events that no consumer can process, and the valid ones that they are derived from. */

/** The shopper of these orders. */
export const customer = 'guest-of-this-test';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly amount: number;
  /** A card of `customer` that the provider approves. */
  readonly token: string;
}

/** As the storefront gets one for its shopper. */
export async function cardToken(running: () => Running): Promise<string> {
  const response = await fetch(`${running().urls.provider}/tokens`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secretsIn(homeOf(running())).shared.PROVIDER_PUBLISHABLE_KEY}`,
      'x-customer': customer,
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ number: testCards.approved, expiry: '12/39', cvc: '123' }),
  });
  if (!response.ok) throw new Error(`card: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}

export function orderRequest(orderId: string, { id, name, amount, token }: Product): OrderRequest {
  return {
    orderId,
    shopperId: customer,
    checkoutId: randomUUID(),
    lines: [{ productId: id, name, quantity: 1, unitPrice: eur(amount) }],
    contact: { name: 'Ada Tern', email: 'ada@example.org' },
    address: { street: 'Harbour Lane 4', postcode: '26723', city: 'Emden', country: 'DE' },
    payment: { token },
    delivery: eur(490),
    total: eur(amount + 490),
  };
}

type Spoil<T> = (valid: T) => unknown;

const withLine =
  (change: object): Spoil<OrderRequest> =>
  (order) => ({ order: { ...order, lines: order.lines.map((line) => ({ ...line, ...change })) } });
const withContact =
  (change: object): Spoil<OrderRequest> =>
  (order) => ({ order: { ...order, contact: { ...order.contact, ...change } } });

/** Data for `cart.checked-out`. */
export const spoiledCheckouts: readonly Spoil<OrderRequest>[] = [
  withContact({ name: 'Ada\u0000Tern' }),
  withContact({ name: '\ud800' }),
  withContact({ email: 'a@b..de' }),
  withContact({ name: 'x'.repeat(100_000) }),
  withLine({ quantity: -3 }),
  withLine({ quantity: 1.5 }),
  withLine({ quantity: '1' }),
  withLine({ unitPrice: { amount: -1, currency: 'EUR' } }),
  withLine({ unitPrice: { amount: 1, currency: 'USD' } }),
  withLine({ productId: '../carts' }),
  (order) => ({ order, schemaVersion: 2 }),
  (order) => ({ order, schemaVersion: '1; drop table orders' }),
  (order) => ({ order: { ...order, lines: [] } }),
  (order) => ({ order: { ...order, lines: 'none' } }),
  (order) => ({ order: { ...order, total: { amount: 2 ** 53, currency: 'EUR' } } }),
  (order) => ({ order: { ...order, address: { ...order.address, country: 'XX' } } }),
  (order) => ({ order: { ...order, address: undefined } }),
  (order) => ({ order: { ...order, payment: { token: '4242424242424242' } } }),
  (order) => ({ order: { ...order, orderId: `${order.orderId}\u0000` } }),
  (order) => ({ order: { ...order, orderId: [order.orderId] } }),
  ({ orderId }) => ({ order: { orderId } }),
  () => ({}),
  () => [],
  () => 'an order',
  () => 7,
];

const someChange = (orderId: string, product: Product): OrderChanged => {
  const { checkoutId: _, ...order } = orderRequest(orderId, product);
  return {
    ...order,
    version: 1,
    status: 'submitted',
    at: new Date().toISOString(),
    story: 'We have your order.',
    by: 'cart',
    asks: ['reserve-stock'],
  };
};

/** Data for `order.changed`. */
const spoiledChanges: readonly Spoil<OrderChanged>[] = [
  (change) => ({ ...change, story: 'A\u0000' }),
  (change) => ({ ...change, story: '\udfff' }),
  (change) => ({ ...change, status: 'stolen' }),
  (change) => ({ ...change, version: -1 }),
  (change) => ({ ...change, version: 2 ** 40 }),
  (change) => ({ ...change, asks: ['give-it-for-free'] }),
  (change) => ({ ...change, asks: Array.from({ length: 10_000 }, () => 'charge') }),
  (change) => ({ ...change, lines: change.lines.map((line) => ({ ...line, quantity: -9 })) }),
  (change) => ({ ...change, total: eur(-1) }),
  (change) => ({ ...change, at: 'yesterday' }),
  (change) => ({ ...change, by: 'mallory' }),
  (change) => ({ ...change, schemaVersion: 9 }),
  ({ orderId }) => ({ orderId }),
  () => ({ orderId: { $ne: '' } }),
  () => [],
  () => 'x',
];

export interface Poison {
  readonly topic: 'carts' | 'orders';
  readonly type: 'cart.checked-out' | 'order.changed';
  readonly orderId: string;
  readonly data: unknown;
  readonly traceId: string;
}

/** Whether the order service can identify order and shopper. */
export function namesItsOrder({ orderId, data }: Poison): boolean {
  const { order } = data as { readonly order?: Partial<OrderRequest> };
  return order?.orderId === orderId && order.shopperId === customer;
}

const newTrace = (): string => randomBytes(16).toString('hex');

/** `count` spoiled events, of each kind in turn. */
export function spoiled(topic: Poison['topic'], prefix: string, count: number, product: Product): readonly Poison[] {
  return Array.from({ length: count }, (_, index): Poison => {
    const orderId = `${prefix}-${index}`;
    const checkout = spoiledCheckouts[index % spoiledCheckouts.length];
    const change = spoiledChanges[index % spoiledChanges.length];
    return topic === 'carts'
      ? {
          topic,
          type: 'cart.checked-out',
          orderId,
          data: checkout?.(orderRequest(orderId, product)),
          traceId: newTrace(),
        }
      : { topic, type: 'order.changed', orderId, data: change?.(someChange(orderId, product)), traceId: newTrace() };
  });
}

/** Valid orders, which fail later. */
export function valid(prefix: string, count: number, product: Product): readonly Poison[] {
  return Array.from({ length: count }, (_, index): Poison => {
    const orderId = `${prefix}-${index}`;
    const data = { order: orderRequest(orderId, product) };
    return { topic: 'carts', type: 'cart.checked-out', orderId, data, traceId: newTrace() };
  });
}

const writers = { carts: 'cart', orders: 'order' } as const;

/** Publishes through the sidecar of the topic's publisher, with its token. */
export async function publishAll(running: () => Running, events: readonly Poison[], atOnce = 16): Promise<void> {
  const { urls, secrets } = running();
  const queue = [...events];
  const work = async (): Promise<void> => {
    for (let event = queue.shift(); event; event = queue.shift()) {
      const { topic, type, data, traceId } = event;
      const app = writers[topic];
      const url = `${urls[`${app}/sidecar`]}/v1.0/publish/pubsub/${topic}?metadata.cloudevent.type=${type}`;
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'dapr-api-token': secrets.daprApiTokens[app] ?? '',
          traceparent: `00-${traceId}-${traceId.slice(0, 16)}-01`,
        },
        body: JSON.stringify(data),
      });
      if (response.status !== 204) throw new Error(`publishing ${type}: ${response.status} ${await response.text()}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
