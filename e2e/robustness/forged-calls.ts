import type { Endpoint } from './endpoints.ts';
import type { AttackFixture } from './fixture.ts';

/** The CloudEvent that a sidecar would send; its attributes are attacked like its data. */
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
 * attacker's order, which has ended: if it is valid, the event is a late repetition.
 */
export async function forgedEvents(fixture: AttackFixture): Promise<readonly Endpoint[]> {
  const { ports, secrets } = fixture.store.running();
  const data = eventData(fixture);
  const endpoints: Endpoint[] = [];
  for (const [app, token] of Object.entries(secrets.appApiTokens)) {
    const headers = { 'dapr-api-token': token };
    const port = ports[app]?.app ?? 0;
    const response = await fetch(`http://127.0.0.1:${port}/dapr/subscribe`, { headers });
    for (const { topic, route } of (await response.json()) as readonly TopicSubscription[])
      for (const [type, [of, value]] of Object.entries(data)) {
        // Dead letters of all apps are handled by one handler.
        if (of !== topic && !(topic === 'catalog-dead-letters' && type === 'order.changed')) continue;
        const body = envelope(topic, type, value);
        endpoints.push({ app, port, method: 'POST', path: route, headers, body });
      }
  }
  return endpoints;
}

function eventData({
  attacker,
  checkout,
  cardToken,
}: AttackFixture): Readonly<Record<string, readonly [topic: string, data: unknown]>> {
  const { orderId, shopperId, productId } = attacker;
  const { contact, address, expectedTotal: total } = checkout;
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  const lines = [{ productId, name: 'Lantern', quantity: 1, unitPrice: eur(100) }];
  const card = { brand: 'Visa', last4: '4242' };
  const payment = { token: cardToken };
  const order = { orderId, shopperId, checkoutId: 'forged', lines, contact, address, payment, delivery: eur(0), total };
  const at = '2026-01-31T12:00:00.000Z';
  const changed = { orderId, shopperId, version: 1, status: 'submitted', at };
  const recorded = {
    ...changed,
    triggeredBy: 'cart',
    input: 'submit',
    commands: [],
    lines,
    total,
    delivery: eur(0),
    contact,
    address,
    payment: card,
  };
  // Of an order that does not exist, and released first: where a command is valid, it moves nothing.
  const commandedId = 'robustness-commands';
  const payable = { orderId: commandedId, shopperId, total, token: cardToken };
  return {
    'cart.checked-out': ['carts', { order }],
    'order.changed': ['orders', changed],
    'order.recorded': ['order-records', recorded],
    'release-stock': ['stock-commands', { orderId: commandedId }],
    'reserve-stock': ['stock-commands', { orderId: commandedId, lines: [{ productId, quantity: 1 }] }],
    'commit-stock': ['stock-commands', { orderId: commandedId }],
    restock: ['stock-commands', { orderId: commandedId }],
    'unwind-payment': ['payment-commands', payable],
    charge: ['payment-commands', payable],
    'stock.reserved': ['stock', { orderId }],
    'stock.rejected': ['stock', { orderId, missing: [{ productId, requested: 2, available: 1 }] }],
    'stock.changed': ['products', { productId, available: 1 }],
    'product.price-changed': ['products', { productId, price: eur(1), previous: eur(2) }],
    'payment.captured': ['payments', { orderId, amount: eur(1), card }],
    'payment.declined': ['payments', { orderId, reason: 'No money.', card }],
    'payment.refunded': ['payments', { orderId, amount: eur(1) }],
    'payment.voided': ['payments', { orderId }],
  };
}

/**
 * Methods of the actors, bypassing the routes that validate before. The ids are of actors that no other test uses; their
 * sidecars own them, as a method that changes state requires.
 */
export async function actorCalls(fixture: AttackFixture): Promise<readonly Endpoint[]> {
  const { ports, secrets, urls } = fixture.store.running();
  const { checkout, attacker, cardToken } = fixture;
  const actorId = (app: string): string => `robustness-${app}`;
  for (const app of ['cart', 'order'])
    await fetch(`${urls[`${app}/sidecar`]}/v1.0/actors/${app}/${actorId(app)}/method/view`, {
      method: 'PUT',
      headers: { 'dapr-api-token': secrets.daprApiTokens[app] ?? '' },
      body: JSON.stringify({ shopperId: attacker.shopperId }),
    });
  const call = (app: string, method: string, rest: string, ids: Readonly<Record<string, string>>): Endpoint => ({
    app,
    port: ports[app]?.app ?? 0,
    method,
    path: `/actors/${app}/:id${rest}`,
    ids: { id: actorId(app), ...ids },
    headers: { 'dapr-api-token': secrets.appApiTokens[app] ?? '' },
    targets: ['invariants', 'dapr/subscribe', `actors/cart/${fixture.victim.shopperId}/method/view`],
  });
  const change = (app: string, name: string, body: unknown): Endpoint => ({
    ...call(app, 'PUT', `/method/${name}`, {}),
    path: `/actors/${app}/${actorId(app)}/method/${name}`,
    ids: {},
    body,
  });
  const { orderId, shopperId, productId } = attacker;
  const money = { amount: 1, currency: 'EUR' };
  const lines = [{ productId, name: 'Lantern', quantity: 1, unitPrice: money }];
  const { contact, address } = checkout;
  const payment = { token: cardToken };
  // Not the id of the actor: no order is placed.
  const order = {
    orderId,
    shopperId,
    checkoutId: 'forged',
    lines,
    contact,
    address,
    payment,
    delivery: money,
    total: money,
  };
  return [
    call('cart', 'PUT', '/method/:method', { method: 'view' }),
    { ...call('order', 'PUT', '/method/:method', { method: 'view' }), body: { shopperId } },
    {
      ...call('order', 'PUT', '/method/remind/:method', { method: 'x' }),
      body: { data: 'x', dueTime: '', period: '' },
    },
    call('cart', 'DELETE', '', {}),
    change('cart', 'setLine', { productId, quantity: 1 }),
    change('cart', 'checkout', { key: 'robustness-0', request: checkout }),
    change('cart', 'checkoutBy', { reference: 'robustness-0' }),
    change('order', 'submit', order),
    change('order', 'cancel', { shopperId }),
    change('order', 'submission', { shopperId, checkoutId: 'x' }),
    change('order', 'stockRejected', { missing: [{ productId, requested: 2, available: 1 }] }),
    change('order', 'paymentCaptured', { amount: money, card: { brand: 'Visa', last4: '4242' } }),
    change('order', 'paymentDeclined', { reason: 'No money.' }),
    change('order', 'paymentRefunded', { amount: money }),
  ];
}
