import type { Entrance } from './entrances.ts';
import type { Scene } from './scene.ts';

type Route = (method: string, path: string, rest?: Partial<Entrance>) => Entrance;

/** The routes for the own sidecar, with the right token; those for staff; the provider's, with the right keys. */
export function serviceEntrances(scene: Scene): readonly Entrance[] {
  const { ports, secrets } = scene.store.running();
  const at = (app: string): Route => {
    const headers = { 'dapr-api-token': secrets.appApiTokens[app] ?? '' };
    const targets = [
      'invariants',
      'dapr/subscribe',
      'dapr/config',
      'metrics',
      'dead-letters',
      `carts/${scene.victim.shopperId}`,
    ];
    const port = ports[app]?.app ?? 0;
    return (method, path, rest = {}) => ({ app, port, method, path, headers, targets, ...rest });
  };
  const staff = { 'x-staff-token': secrets.staffToken };
  return [
    ...catalogEntrances(at('catalog'), scene, staff),
    ...cartEntrances(at('cart'), scene, secrets.appApiTokens.cart ?? ''),
    ...orderEntrances(at('order'), scene, staff),
    ...paymentEntrances(at('payment'), scene, staff),
    ...providerEntrances(at('provider'), scene, secrets.providerSecretKey),
  ];
}

function catalogEntrances(route: Route, { attacker }: Scene, staff: Record<string, string>): readonly Entrance[] {
  const product = { id: attacker.productId };
  const none = { id: 'no-such-product' };
  const query = {
    q: 'rope',
    category: 'camping',
    brand: 'Tern',
    min: '1',
    max: '9',
    stock: '1',
    sort: 'name',
    page: '1',
    size: '5',
  };
  return [
    route('GET', '/products', { query }),
    route('GET', '/products', { query: { ids: `${attacker.productId},x` } }),
    route('GET', '/products/:id', { ids: product, hostileHeaders: ['dapr-api-token', 'traceparent', 'baggage'] }),
    route('GET', '/products/:id/related', { ids: product }),
    route('GET', '/staff/products/:id', { ids: product, headers: staff, hostileHeaders: ['x-staff-token'] }),
    route('PUT', '/products/:id/price', { ids: none, headers: staff, body: { amount: 1 } }),
    route('PUT', '/products/:id/stock', { ids: none, headers: staff, body: { onHand: 1 } }),
    route('POST', '/stock/orders', { body: { orderIds: [attacker.orderId] } }),
  ];
}

function cartEntrances(route: Route, { attacker, checkout }: Scene, token: string): readonly Entrance[] {
  const { shopperId: shopper, productId } = attacker;
  const headers = { 'dapr-api-token': token, 'idempotency-key': 'robustness-0' };
  return [
    route('GET', '/carts/:shopper', { ids: { shopper } }),
    route('PUT', '/carts/:shopper/lines/:productId', { ids: { shopper, productId }, body: { quantity: 1 } }),
    route('POST', '/carts/:shopper/prices', { ids: { shopper } }),
    route('POST', '/carts/:shopper/checkout', {
      ids: { shopper },
      headers,
      body: checkout,
      hostileHeaders: ['idempotency-key'],
    }),
    route('GET', '/carts/:shopper/checkouts/:reference', { ids: { shopper, reference: 'robustness-0' } }),
  ];
}

function orderEntrances(route: Route, { attacker }: Scene, staff: Record<string, string>): readonly Entrance[] {
  const { shopperId: shopper, orderId } = attacker;
  const ids = { id: orderId };
  const none = { ids: { id: '999999' }, headers: staff };
  return [
    route('GET', '/orders', { query: { shopper, limit: '5', before: orderId } }),
    route('GET', '/orders/:id', { ids, query: { shopper, version: '1' } }),
    route('POST', '/orders/:id/cancel', { ids, query: { shopper } }),
    route('GET', '/orders/:id/submission', { ids, query: { shopper, checkout: 'x' } }),
    route('GET', '/dead-letters', { headers: staff, query: { state: 'open', limit: '5', before: '9' } }),
    route('GET', '/dead-letters/:id', none),
    route('POST', '/dead-letters/:id/redrive', none),
    route('POST', '/dead-letters/:id/discard', none),
    route('POST', '/dead-letters/redrive', { headers: staff, body: { ids: ['999999'] } }),
  ];
}

function paymentEntrances(route: Route, { attacker }: Scene, staff: Record<string, string>): readonly Entrance[] {
  return [
    route('GET', '/payments/:id', { ids: { id: attacker.orderId }, headers: staff }),
    route('POST', '/payments/balances', { body: { orderIds: [attacker.orderId] } }),
  ];
}

function providerEntrances(route: Route, { attacker, cardToken }: Scene, secretKey: string): readonly Entrance[] {
  const headers = { authorization: `Bearer ${secretKey}`, 'idempotency-key': 'robustness-0' };
  const query = { reference: attacker.orderId, limit: '5', after: 'x' };
  const body = {
    token: cardToken,
    amount: { amount: 1, currency: 'EUR' },
    reference: attacker.orderId,
    // Not whose card it is: nothing is authorized.
    customer: 'somebody-else',
  };
  return [
    route('GET', '/authorizations', { headers, query, hostileHeaders: ['authorization'] }),
    route('POST', '/authorizations', { headers, body, hostileHeaders: ['idempotency-key'] }),
    ...['capture', 'void', 'refund'].map((change) =>
      route('POST', `/authorizations/:id/${change}`, { ids: { id: 'auth_none' }, headers }),
    ),
  ];
}
