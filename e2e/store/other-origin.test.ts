import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type { CardToken, CartView, OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import { openBrowser } from '../harness/browser-shopper.ts';
import { ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { eventually, sharedStore, type StoreUnderTest } from '../harness/store.ts';
import { attackFromPage, type Attempt, otherSite, type Target } from './hostile-page.ts';

describe('a page of another origin', { timeout: 180_000 }, () => {
  let store: StoreUnderTest;
  let browser: Browser;
  let site: Awaited<ReturnType<typeof otherSite>>;
  before(async () => {
    store = await sharedStore();
    browser = await openBrowser();
    site = await otherSite();
  });
  after(async () => {
    site.close();
    await browser.close();
  });

  for (const host of ['127.0.0.1', 'localhost'])
    test(`served from ${host}: reads nothing and changes nothing`, async () => {
      const ledger = ledgerChecks(() => store.running());
      const context = await browser.newContext();
      context.setDefaultTimeout(60_000);
      try {
        const shop = await context.newPage();
        // Not the home page: its requests would compete with these for the session.
        await shop.goto(`${store.url}/api/cart`);
        const { orderId, productId, available, cart } = await fillCartAndOrder(shop);
        const page = await context.newPage();
        await page.goto(`http://${host}:${site.port}/`);
        const attempts = await attackWith(page, targets(store, { orderId, productId }));
        assert.ok(attempts.length > 100, `${attempts.length} attempts`);
        assert.deepEqual(
          attempts.filter(({ outcome }) => outcome === 'read'),
          [],
        );
        const control: Target = { what: 'its own site', url: `http://${host}:${site.port}/`, method: 'GET' };
        const readable = (await attackWith(page, [control])).filter(({ outcome }) => outcome === 'read');
        assert.ok(readable.length >= 3, `the page can read its own origin: ${JSON.stringify(readable)}`);
        await page.close();
        assert.deepEqual(contentsOf(await get<CartView>(shop, '/api/cart')), contentsOf(cart));
        assert.equal((await get<readonly OrderSummary[]>(shop, '/api/orders')).length, 1);
        // Its card is declined: only a forged event could make it paid.
        const order = await eventually(
          'the order ending',
          () => get<OrderView>(shop, `/api/orders/${orderId}`),
          ({ status }) => status === 'payment-failed',
          30_000,
        );
        assert.ok(!order.steps.some(({ status }) => status === 'paid' || status === 'cancelled'));
        assert.equal(netCharged(await ledger.charges(orderId)), 0);
        await ledger.availableBecomes(productId, available);
        assert.deepEqual(await ledger.invariants(), []);
        assert.doesNotMatch(store.output(), /sidecar .*restarting it/);
      } finally {
        await context.close();
      }
    });

  test('a frame of another origin: the shop does not load', async () => {
    const context: BrowserContext = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(`http://localhost:${site.port}/`);
      await page.evaluate(`new Promise((resolve) => {
        const frame = Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(store.url)}, onload: resolve });
        document.body.append(frame);
      })`);
      const [, frame] = page.frames();
      const shown = await frame?.evaluate<string>('document.body?.innerText ?? ""').catch(() => '');
      assert.doesNotMatch(shown ?? '', /Tidewater/);
      assert.doesNotMatch(frame?.url() ?? '', new RegExp(store.url));
    } finally {
      await context.close();
    }
  });
});

const attackWith = (page: Page, list: readonly Target[]): Promise<readonly Attempt[]> =>
  page.evaluate<readonly Attempt[]>(`(${attackFromPage})(${JSON.stringify(list)})`);

/** A request of the shop's own page, with its cookie. */
async function request<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const [status, value] = await page.evaluate<readonly [number, T]>(`(async () => {
    const reply = await fetch(${JSON.stringify(path)}, {
      method: ${JSON.stringify(method)},
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: ${JSON.stringify(body === undefined ? undefined : JSON.stringify(body)) ?? 'undefined'},
    });
    return [reply.status, await reply.json()];
  })()`);
  assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(value)}`);
  return value;
}

const get = <T>(page: Page, path: string): Promise<T> => request<T>(page, 'GET', path);

/** An order whose card will be declined, and a product in the cart. */
async function fillCartAndOrder(page: Page): Promise<{
  orderId: string;
  productId: string;
  /** The available stock before the order. */
  available: number;
  cart: CartView;
}> {
  const { products } = await get<ProductPage>(page, '/api/products?q=towel&stock=1');
  const { id: productId = '', available = 0 } = products[0] ?? {};
  const { total, version } = await request<CartView>(page, 'PUT', `/api/cart/lines/${productId}`, { quantity: 1 });
  const card = { number: testCards.declined, expiry: '12/39', cvc: '123' };
  const { token } = await request<CardToken>(page, 'POST', '/provider/tokens', card);
  const { orderId } = await request<{ orderId: string }>(page, 'POST', '/api/checkout', {
    contact: { name: 'Ada Tern', email: 'ada@example.org' },
    address: { street: 'Harbour Lane 4', postcode: '26723', city: 'Emden', country: 'DE' },
    payment: { token },
    expectedTotal: total,
    cartVersion: version,
  });
  await request(page, 'PUT', `/api/cart/lines/${productId}`, { quantity: 2 });
  return { orderId, productId, available, cart: await get<CartView>(page, '/api/cart') };
}

/** Without the stock, which the shopper's order reserves meanwhile. */
const contentsOf = ({ version, total, lines }: CartView): unknown => ({
  version,
  total,
  lines: lines.map(({ product, quantity }) => [product.id, quantity]),
});

function targets(
  store: StoreUnderTest,
  { orderId, productId }: { orderId: string; productId: string },
): readonly Target[] {
  const { urls } = store.running();
  const at = (name: string, method: Target['method'], path: string, body?: unknown): Target => ({
    what: `${name} ${method} ${path}`,
    url: `${urls[name]}${path}`,
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const captured = { amount: { amount: 100, currency: 'EUR' } };
  const event = {
    specversion: '1.0',
    id: 'forged',
    source: 'x',
    type: 'payment.captured',
    data: { orderId, ...captured },
  };
  return [
    at('order/sidecar', 'PUT', `/v1.0/actors/order/${orderId}/method/paymentCaptured`, captured),
    at('order/sidecar', 'POST', `/v1.0/actors/order/${orderId}/method/paymentCaptured`, captured),
    at('order/sidecar', 'GET', '/v1.0/secrets/secrets/DATABASE_URL'),
    at('order/sidecar', 'GET', '/v1.0/metadata'),
    at('order/sidecar', 'POST', '/v1.0/state/statestore', [{ key: 'forged', value: 1 }]),
    at('order/sidecar', 'POST', '/v1.0/shutdown'),
    at('payment/sidecar', 'POST', '/v1.0/publish/pubsub/payments', event),
    at('cart/sidecar', 'POST', '/v1.0/invoke/catalog/method/products', {}),
    at('catalog', 'GET', '/products'),
    at('catalog', 'PUT', `/products/${productId}/price`, { amount: 1 }),
    at('order', 'POST', '/events/pubsub/payments', event),
    at('order', 'PUT', `/actors/order/${orderId}/method/paymentCaptured`, captured),
    at('order', 'GET', '/metrics'),
    at('provider', 'GET', '/authorizations'),
    at('provider', 'POST', '/authorizations', {
      token: 'tok_x',
      amount: captured.amount,
      reference: orderId,
      customer: 'x',
    }),
    at('storefront', 'GET', '/api/cart'),
    at('storefront', 'GET', '/api/live'),
    at('storefront', 'PUT', `/api/cart/lines/${productId}`, { quantity: 9 }),
    at('storefront', 'POST', '/api/cart/prices', {}),
    at('storefront', 'POST', `/api/orders/${orderId}/cancel`, {}),
    at('storefront', 'POST', '/api/checkout', {}),
    at('storefront', 'POST', '/provider/tokens', { number: testCards.approved, expiry: '12/39', cvc: '123' }),
  ];
}
