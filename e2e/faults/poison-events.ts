import { randomBytes, randomUUID } from 'node:crypto';
import type { Events, MessageType, Messages, OrderRecord, OrderRequest } from '@tidewater/contracts/events.ts';
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

const changeOf = (orderId: string): Events['order.changed'] => ({
  orderId,
  shopperId: customer,
  version: 1,
  status: 'submitted',
  at: new Date().toISOString(),
});

const recordOf = (orderId: string, product: Product): OrderRecord => {
  const { checkoutId: _checkoutId, ...order } = orderRequest(orderId, product);
  return { ...order, ...changeOf(orderId), triggeredBy: 'cart', input: 'submit', commands: [], payment: {} };
};

const reservationOf = (orderId: string, { id }: Product): Messages['reserve-stock'] => ({
  orderId,
  lines: [{ productId: id, quantity: 1 }],
});

const chargeOf = (orderId: string, { token }: Product): Messages['charge'] => ({
  orderId,
  shopperId: customer,
  total: eur(1),
  token,
});

const ofAnyShape: readonly Spoil<{ readonly orderId: string }>[] = [
  (valid) => ({ ...valid, schemaVersion: 9 }),
  ({ orderId }) => ({ orderId: `${orderId}\u0000` }),
  () => ({ orderId: { $ne: '' } }),
  () => [],
  () => 'x',
];

/** Spoiled data of the messages that order publishes. */
const spoiledMessages: {
  readonly [T in OrderTopic]: (orderId: string, product: Product) => readonly (readonly [MessageType, unknown])[];
} = {
  orders(orderId) {
    const spoils: readonly Spoil<Events['order.changed']>[] = [
      (change) => ({ ...change, status: 'stolen' }),
      (change) => ({ ...change, version: -1 }),
      (change) => ({ ...change, version: 2 ** 40 }),
      (change) => ({ ...change, at: 'yesterday' }),
      (change) => ({ orderId: change.orderId }),
      ...ofAnyShape,
    ];
    return spoils.map((spoil) => ['order.changed', spoil(changeOf(orderId))]);
  },
  'order-records'(orderId, product) {
    const spoils: readonly Spoil<OrderRecord>[] = [
      (record) => ({ ...record, input: 'A\u0000' }),
      (record) => ({ ...record, reason: '\udfff' }),
      (record) => ({ ...record, commands: ['give-it-for-free'] }),
      (record) => ({ ...record, commands: Array.from({ length: 10_000 }, () => 'charge') }),
      (record) => ({ ...record, lines: record.lines.map((line) => ({ ...line, quantity: -9 })) }),
      (record) => ({ ...record, total: eur(-1) }),
      (record) => ({ ...record, triggeredBy: 'mallory' }),
      ...ofAnyShape,
    ];
    return spoils.map((spoil) => ['order.recorded', spoil(recordOf(orderId, product))]);
  },
  'stock-commands'(orderId, product) {
    const spoils: readonly Spoil<Messages['reserve-stock']>[] = [
      (command) => ({ ...command, lines: command.lines.map((line) => ({ ...line, quantity: -9 })) }),
      (command) => ({ ...command, lines: command.lines.map((line) => ({ ...line, quantity: 0.5 })) }),
      (command) => ({ ...command, lines: command.lines.map((line) => ({ ...line, productId: '../carts' })) }),
      (command) => ({ ...command, lines: 'none' }),
      (command) => ({ orderId: command.orderId }),
      ...ofAnyShape,
    ];
    return spoils.map((spoil) => ['reserve-stock', spoil(reservationOf(orderId, product))]);
  },
  'payment-commands'(orderId, product) {
    const spoils: readonly Spoil<Messages['charge']>[] = [
      (command) => ({ ...command, total: eur(-1) }),
      (command) => ({ ...command, total: eur(2 ** 53) }),
      (command) => ({ ...command, token: '4242424242424242' }),
      (command) => ({ ...command, shopperId: 'a\u0000' }),
      (command) => ({ orderId: command.orderId }),
      ...ofAnyShape,
    ];
    return spoils.map((spoil) => ['charge', spoil(chargeOf(orderId, product))]);
  },
};

export type OrderTopic = 'orders' | 'order-records' | 'stock-commands' | 'payment-commands';

export interface Poison {
  readonly topic: 'carts' | OrderTopic;
  readonly type: MessageType;
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

/** `count` spoiled messages, of each kind in turn. */
export function spoiled(topic: Poison['topic'], prefix: string, count: number, product: Product): readonly Poison[] {
  return Array.from({ length: count }, (_, index): Poison => {
    const orderId = `${prefix}-${index}`;
    const messages =
      topic === 'carts'
        ? spoiledCheckouts.map((spoil) => ['cart.checked-out', spoil(orderRequest(orderId, product))] as const)
        : spoiledMessages[topic](orderId, product);
    const [type, data] = messages[index % messages.length] ?? ['cart.checked-out', undefined];
    return { topic, type, orderId, data, traceId: newTrace() };
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

const writers: Readonly<Record<Poison['topic'], string>> = {
  carts: 'cart',
  orders: 'order',
  'order-records': 'order',
  'stock-commands': 'order',
  'payment-commands': 'order',
};

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
