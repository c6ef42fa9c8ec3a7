import type { Entrance } from './entrances.ts';
import type { Scene } from './scene.ts';

/** What a sidecar would send: the envelope around the data, whose fields are attacked like the data's. */
const envelope = (topic: string, type: string, data: unknown) => ({
  specversion: '1.0',
  id: 'forged-event',
  source: 'forger',
  type,
  time: '2026-01-31T12:00:00Z',
  subject: 'forged',
  datacontenttype: 'application/json',
  pubsubname: 'pubsub',
  topic,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data,
});

interface TopicSubscription {
  readonly topic: string;
  readonly route: string;
}

/**
 * Each event type at the event routes of each service, as its own sidecar would deliver it. The data is that of the
 * attacker's order, which has ended: where all of it is right, the event is a late repetition.
 */
export async function forgedEvents(scene: Scene): Promise<readonly Entrance[]> {
  const { ports, secrets } = scene.store.running();
  const data = eventData(scene);
  const entrances: Entrance[] = [];
  for (const [app, token] of Object.entries(secrets.appApiTokens)) {
    const headers = { 'dapr-api-token': token };
    const port = ports[app]?.app ?? 0;
    const reply = await fetch(`http://127.0.0.1:${port}/dapr/subscribe`, { headers });
    for (const { topic, route } of (await reply.json()) as readonly TopicSubscription[])
      for (const [type, [of, value]] of Object.entries(data)) {
        // Dead letters of all apps come to one handler.
        if (of !== topic && !(topic === 'catalog-dead-letters' && type === 'order.changed')) continue;
        const body = envelope(topic, type, value);
        entrances.push({ app, port, method: 'POST', path: route, headers, body });
      }
  }
  return entrances;
}

function eventData({
  attacker,
  checkout,
  cardToken,
}: Scene): Readonly<Record<string, readonly [topic: string, data: unknown]>> {
  const { orderId, shopperId, productId } = attacker;
  const { contact, address, expectedTotal: total } = checkout;
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  const lines = [{ productId, name: 'Lantern', quantity: 1, unitPrice: eur(100) }];
  const card = { brand: 'Visa', last4: '4242' };
  const payment = { token: cardToken };
  const order = { orderId, shopperId, checkoutId: 'forged', lines, contact, address, payment, delivery: eur(0), total };
  const changed = {
    orderId,
    shopperId,
    version: 1,
    status: 'submitted',
    at: '2026-01-31T12:00:00.000Z',
    story: 'We have your order.',
    by: 'cart',
    asks: [],
    lines,
    total,
    delivery: eur(0),
    payment: { ...payment, ...card },
    contact,
    address,
  };
  return {
    'cart.checked-out': ['carts', { order }],
    'order.changed': ['orders', changed],
    'stock.reserved': ['stock', { orderId }],
    'stock.refused': ['stock', { orderId, missing: [{ productId, wanted: 2, available: 1 }] }],
    'stock.changed': ['stock', { productId, available: 1 }],
    'product.price-changed': ['products', { productId, price: eur(1), previous: eur(2) }],
    'payment.captured': ['payments', { orderId, amount: eur(1), card }],
    'payment.declined': ['payments', { orderId, reason: 'No money.', card }],
    'payment.refunded': ['payments', { orderId, amount: eur(1) }],
    'payment.voided': ['payments', { orderId }],
  };
}

/** Methods of the actors, past the routes that check for them. The ids are of actors that nobody else uses. */
export function actorCalls(scene: Scene): readonly Entrance[] {
  const { ports, secrets } = scene.store.running();
  const { checkout, attacker, cardToken } = scene;
  const method = (app: string, name: string, body?: unknown): Entrance => ({
    app,
    port: ports[app]?.app ?? 0,
    method: 'PUT',
    path: `/actors/${app}/:id/method/:method`,
    ids: { id: `robustness-${app}`, method: name },
    headers: { 'dapr-api-token': secrets.appApiTokens[app] ?? '' },
    body,
    targets: ['invariants', 'dapr/subscribe', `actors/cart/${scene.victim.shopperId}/method/view`],
  });
  const { orderId, shopperId, productId } = attacker;
  const money = { amount: 1, currency: 'EUR' };
  const lines = [{ productId, name: 'Lantern', quantity: 1, unitPrice: money }];
  const { contact, address } = checkout;
  const payment = { token: cardToken };
  const reminder = method('order', 'x', { data: 'x', dueTime: '', period: '' });
  return [
    { ...reminder, path: '/actors/order/:id/method/remind/:method' },
    { ...method('cart', 'x'), method: 'DELETE', path: '/actors/cart/:id' },
    method('cart', 'view'),
    method('cart', 'setLine', { productId, quantity: 1 }),
    method('cart', 'checkout', { key: 'robustness-0', request: checkout }),
    method('cart', 'checkoutBy', { reference: 'robustness-0' }),
    method('order', 'submit', {
      // Not the actor's own id: nothing is ordered.
      orderId,
      shopperId,
      checkoutId: 'forged',
      lines,
      contact,
      address,
      payment,
      delivery: money,
      total: money,
    }),
    method('order', 'view', { shopperId }),
    method('order', 'cancel', { shopperId }),
    method('order', 'submission', { shopperId, checkoutId: 'x' }),
    method('order', 'stockRefused', { missing: [{ productId, wanted: 2, available: 1 }] }),
    method('order', 'paymentCaptured', { amount: money, card: { brand: 'Visa', last4: '4242' } }),
    method('order', 'paymentDeclined', { reason: 'No money.' }),
    method('order', 'paymentRefunded', { amount: money }),
  ];
}
