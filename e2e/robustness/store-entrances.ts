import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { Entrance } from './entrances.ts';
import type { Scene } from './scene.ts';

/** Headers that a browser, a proxy or a program sets and that something in the way reads. */
const readHeaders = [
  'cookie',
  'traceparent',
  'tracestate',
  'baggage',
  'origin',
  'sec-fetch-site',
  'content-type',
  'accept',
  'accept-encoding',
  'if-none-match',
  'range',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'authorization',
  'x-staff-token',
  'dapr-api-token',
  'x-request-id',
] as const;

/** The routes for strangers. */
export function storefrontEntrances({ store, victim, attacker, checkout }: Scene): readonly Entrance[] {
  const cookie = { cookie: attacker.shopper.cookie };
  const key = { 'idempotency-key': 'robustness-0' };
  const { shopperId, productId, orderId } = victim;
  const targets = [
    'invariants',
    'dapr/subscribe',
    'dapr/config',
    'categories',
    'metrics',
    'home',
    `carts/${shopperId}`,
    `actors/cart/${shopperId}/method/view`,
    `orders?shopper=${shopperId}`,
    `orders/${orderId}?shopper=${shopperId}`,
    'dead-letters',
  ];
  const route = (method: string, path: string, rest: Partial<Entrance> = {}): Entrance => ({
    app: 'storefront',
    port: Number(new URL(store.url).port),
    method,
    path,
    headers: cookie,
    targets,
    ...rest,
  });
  const query = {
    q: 'rope',
    category: 'camping',
    brand: 'Tern',
    min: '1',
    max: '99999',
    stock: '1',
    sort: 'name',
    page: '1',
    size: '5',
  };
  const card = { number: testCards.approved, expiry: '12/39', cvc: '123' };
  return [
    route('GET', '/api/home', { hostileHeaders: ['cookie', 'traceparent', 'accept'] }),
    route('GET', '/api/products', { query }),
    route('GET', '/api/products/:productId', { ids: { productId } }),
    route('GET', '/api/cart'),
    route('PUT', '/api/cart/lines/:productId', {
      ids: { productId },
      body: { quantity: 1 },
      hostileHeaders: ['content-type', 'origin', 'sec-fetch-site', 'tracestate', 'baggage'],
    }),
    route('POST', '/api/checkout', {
      headers: { ...cookie, ...key },
      body: checkout,
      hostileHeaders: ['idempotency-key', 'cookie', 'origin', 'sec-fetch-site'],
    }),
    route('GET', '/api/checkouts/:key', { ids: { key: 'robustness-0' } }),
    route('GET', '/api/orders/:id', { ids: { id: attacker.orderId } }),
    route('POST', '/api/orders/:id/cancel', { ids: { id: attacker.orderId } }),
    route('GET', '/api/orders/:id/inside', { ids: { id: attacker.orderId } }),
    route('GET', '/api/live', { hostileHeaders: ['last-event-id', 'accept'] }),
    route('POST', '/provider/tokens', {
      headers: { ...cookie, ...key },
      body: card,
      hostileHeaders: ['idempotency-key', 'content-type', 'x-customer', 'authorization'],
    }),
    route('GET', '/:page', { ids: { page: 'orders' }, hostileHeaders: readHeaders }),
    route('GET', '/assets/:file', { ids: { file: 'index.js' } }),
  ];
}

/** The routes for the own sidecar, with the right token; those for staff; the provider's, with the right keys. */
export function serviceEntrances(scene: Scene): readonly Entrance[] {
  const { store, victim, attacker, checkout, cardToken } = scene;
  const { ports, secrets } = store.running();
  const at = (app: string) => {
    const sidecar = { 'dapr-api-token': secrets.appApiTokens[app] ?? '' };
    const targets = [
      'invariants',
      'dapr/subscribe',
      'dapr/config',
      'metrics',
      'dead-letters',
      `carts/${victim.shopperId}`,
    ];
    return (method: string, path: string, rest: Partial<Entrance> = {}): Entrance => ({
      app,
      port: ports[app]?.app ?? 0,
      method,
      path,
      headers: sidecar,
      targets,
      ...rest,
    });
  };
  const staff = { 'x-staff-token': secrets.staffToken };
  const [catalog, cart, order, payment, provider] = ['catalog', 'cart', 'order', 'payment', 'provider'].map(at) as [
    ReturnType<typeof at>,
    ReturnType<typeof at>,
    ReturnType<typeof at>,
    ReturnType<typeof at>,
    ReturnType<typeof at>,
  ];
  const product = { id: attacker.productId };
  const shopper = attacker.shopperId;
  const orderIds = { id: attacker.orderId };
  const merchant = { authorization: `Bearer ${secrets.providerSecretKey}`, 'idempotency-key': 'robustness-0' };
  const key = { 'dapr-api-token': secrets.appApiTokens.cart ?? '', 'idempotency-key': 'robustness-0' };
  const search = {
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
    catalog('GET', '/products', { query: search }),
    catalog('GET', '/products', { query: { ids: `${attacker.productId},x` } }),
    catalog('GET', '/products/:id', { ids: product, hostileHeaders: ['dapr-api-token', 'traceparent', 'baggage'] }),
    catalog('GET', '/products/:id/related', { ids: product }),
    catalog('GET', '/staff/products/:id', { ids: product, headers: staff, hostileHeaders: ['x-staff-token'] }),
    catalog('PUT', '/products/:id/price', { ids: { id: 'no-such-product' }, headers: staff, body: { amount: 1 } }),
    catalog('PUT', '/products/:id/stock', { ids: { id: 'no-such-product' }, headers: staff, body: { onHand: 1 } }),
    catalog('POST', '/stock/orders', { body: { orderIds: [attacker.orderId] } }),
    cart('GET', '/carts/:shopper', { ids: { shopper } }),
    cart('PUT', '/carts/:shopper/lines/:productId', {
      ids: { shopper, productId: attacker.productId },
      body: { quantity: 1 },
    }),
    cart('POST', '/carts/:shopper/prices', { ids: { shopper } }),
    cart('POST', '/carts/:shopper/checkout', {
      ids: { shopper },
      headers: key,
      body: checkout,
      hostileHeaders: ['idempotency-key'],
    }),
    cart('GET', '/carts/:shopper/checkouts/:reference', { ids: { shopper, reference: 'robustness-0' } }),
    order('GET', '/orders', { query: { shopper, limit: '5', before: attacker.orderId } }),
    order('GET', '/orders/:id', { ids: orderIds, query: { shopper, version: '1' } }),
    order('POST', '/orders/:id/cancel', { ids: orderIds, query: { shopper } }),
    order('GET', '/orders/:id/submission', { ids: orderIds, query: { shopper, checkout: 'x' } }),
    order('GET', '/dead-letters', { headers: staff, query: { state: 'open', limit: '5', before: '9' } }),
    order('GET', '/dead-letters/:id', { ids: { id: '1' }, headers: staff }),
    order('POST', '/dead-letters/:id/redrive', { ids: { id: '999999' }, headers: staff }),
    order('POST', '/dead-letters/:id/discard', { ids: { id: '999999' }, headers: staff }),
    order('POST', '/dead-letters/redrive', { headers: staff, body: { ids: ['999999'] } }),
    payment('GET', '/payments/:id', { ids: orderIds, headers: staff }),
    payment('POST', '/payments/balances', { body: { orderIds: [attacker.orderId] } }),
    provider('GET', '/authorizations', {
      headers: merchant,
      query: { reference: attacker.orderId, limit: '5', after: 'x' },
      hostileHeaders: ['authorization'],
    }),
    provider('POST', '/authorizations', {
      headers: merchant,
      body: {
        token: cardToken,
        amount: { amount: 1, currency: 'EUR' },
        reference: attacker.orderId,
        // Not whose card it is: nothing is authorized.
        customer: 'somebody-else',
      },
      hostileHeaders: ['idempotency-key'],
    }),
    ...['capture', 'void', 'refund'].map((change) =>
      provider('POST', `/authorizations/:id/${change}`, { ids: { id: 'auth_none' }, headers: merchant }),
    ),
  ];
}
