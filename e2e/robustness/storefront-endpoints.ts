import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { Endpoint } from './endpoints.ts';
import type { AttackFixture } from './fixture.ts';

/** Headers that browsers, proxies or clients set and that the server reads. */
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

/** The public routes. */
export function storefrontEndpoints({ store, victim, attacker, checkout }: AttackFixture): readonly Endpoint[] {
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
  const route = (method: string, path: string, rest: Partial<Endpoint> = {}): Endpoint => ({
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
