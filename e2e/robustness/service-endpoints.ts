import type { Endpoint } from './endpoints.ts';
import type { AttackFixture } from './fixture.ts';

type Route = (method: string, path: string, rest?: Partial<Endpoint>) => Endpoint;

/** The routes for the own sidecar with its token, those for staff, and the provider's with its keys. */
export function serviceEndpoints(fixture: AttackFixture): readonly Endpoint[] {
  const { ports, secrets } = fixture.store.running();
  const at = (app: string): Route => {
    const headers = { 'dapr-api-token': secrets.appApiTokens[app] ?? '' };
    const targets = [
      'invariants',
      'dapr/subscribe',
      'dapr/config',
      'metrics',
      'dead-letters',
      `carts/${fixture.victim.shopperId}`,
    ];
    const port = ports[app]?.app ?? 0;
    return (method, path, rest = {}) => ({ app, port, method, path, headers, targets, ...rest });
  };
  const staff = { 'x-staff-token': secrets.staffToken };
  return [
    ...catalogEndpoints(at('catalog'), fixture, staff),
    ...cartEndpoints(at('cart'), fixture, secrets.appApiTokens.cart ?? ''),
    ...orderEndpoints(at('order'), fixture, staff),
    ...paymentEndpoints(at('payment'), fixture, staff),
    ...providerEndpoints(at('provider'), fixture, secrets.providerSecretKey),
  ];
}

function catalogEndpoints(
  route: Route,
  { attacker }: AttackFixture,
  staff: Record<string, string>,
): readonly Endpoint[] {
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

function cartEndpoints(route: Route, { attacker, checkout }: AttackFixture, token: string): readonly Endpoint[] {
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

function orderEndpoints(route: Route, { attacker }: AttackFixture, staff: Record<string, string>): readonly Endpoint[] {
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

function paymentEndpoints(
  route: Route,
  { attacker }: AttackFixture,
  staff: Record<string, string>,
): readonly Endpoint[] {
  return [
    route('GET', '/payments/:id', { ids: { id: attacker.orderId }, headers: staff }),
    route('POST', '/payments/balances', { body: { orderIds: [attacker.orderId] } }),
  ];
}

function providerEndpoints(
  route: Route,
  { attacker, cardToken }: AttackFixture,
  secretKey: string,
): readonly Endpoint[] {
  const headers = { authorization: `Bearer ${secretKey}`, 'idempotency-key': 'robustness-0' };
  const query = { reference: attacker.orderId, limit: '5', after: 'x' };
  const body = {
    token: cardToken,
    amount: { amount: 1, currency: 'EUR' },
    reference: attacker.orderId,
    // Not the owner of the card: nothing is authorized.
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
