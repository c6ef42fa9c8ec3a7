import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, HomePage, OrderSummary, Problem } from '@tidewater/contracts/storefront.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { type LedgerChecks, ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually, sharedStore, type StoreUnderTest } from '../harness/store.ts';

describe('the store through its API', { timeout: 300_000 }, () => {
  let store: StoreUnderTest;
  let ledger: LedgerChecks;
  const someone = (): Shopper => new Shopper(store.url);

  before(async () => {
    store = await sharedStore();
    ledger = ledgerChecks(() => store.running());
  });

  test('GET /api/products: has at least 60 products in 6 categories of several brands', async () => {
    const home = await someone().get<HomePage>('/api/home');
    assert.ok(home.categories.length >= 6);
    const page = await someone().get<ProductPage>('/api/products?size=60');
    assert.ok(page.total >= 60, `${page.total} products`);
    assert.ok(page.facets.brands.length >= 4);
  });

  test('an approved card: the order is delivered and charged once to the cent', async () => {
    const shopper = someone();
    const [before] = (await shopper.get<ProductPage>('/api/products?q=paddle&stock=1')).products;
    assert.ok(before);
    const orderId = await shopper.buy(before.id, { quantity: 2 });
    const order = await shopper.reaches(orderId, 'delivered');
    assert.deepEqual(
      order.steps.map(({ status }) => status),
      ['submitted', 'awaiting-stock', 'awaiting-payment', 'paid', 'packed', 'shipped', 'delivered'],
    );
    assert.deepEqual(
      order.steps.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.equal(netCharged(await ledger.charges(orderId)), order.total.amount);
    assert.equal((await ledger.product(before.id)).available, before.available - 2);
    assert.deepEqual(await shopper.get<CartView>('/api/cart').then(({ count }) => count), 0);
  });

  test('a declined card: the order ends as payment failed, uncharged, with its stock released', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=anchor&stock=1')).products;
    assert.ok(product);
    const orderId = await shopper.buy(product.id, { card: testCards.declined });
    await shopper.reaches(orderId, 'payment-failed');
    assert.equal(netCharged(await ledger.charges(orderId)), 0);
    await ledger.availableBecomes(product.id, product.available);
  });

  test('a provider that is down for a while: is retried, and charges once', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=stove&stock=1')).products;
    assert.ok(product);
    const orderId = await shopper.buy(product.id, { card: testCards.downThenUp });
    const order = await shopper.reaches(orderId, 'delivered', 60_000);
    assert.equal(netCharged(await ledger.charges(orderId)), order.total.amount);
    assert.equal((await ledger.charges(orderId)).length, 1);
  });

  test('POST /api/orders/:id/cancel: a paid order is refunded and restocked', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=compass&stock=1')).products;
    assert.ok(product);
    const orderId = await shopper.buy(product.id);
    await shopper.passes(orderId, 'paid');
    const { status } = await shopper.request('POST', `/api/orders/${orderId}/cancel`);
    if (status === 409) return; // It has shipped meanwhile and cannot be cancelled; the next test covers that.
    assert.equal(status, 202);
    await shopper.reaches(orderId, 'refunded');
    assert.equal(netCharged(await ledger.charges(orderId)), 0);
    await ledger.availableBecomes(product.id, product.available);
  });

  test('POST /api/orders/:id/cancel: a delivered order is 409', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=towel&stock=1')).products;
    assert.ok(product);
    const orderId = await shopper.buy(product.id);
    await shopper.reaches(orderId, 'delivered');
    const { status, body } = await shopper.request<Problem>('POST', `/api/orders/${orderId}/cancel`);
    assert.equal(status, 409);
    assert.ok(body.detail.length > 10);
  });

  test('the last item: of two concurrent orders one is reserved and the other rejected, uncharged', async () => {
    const product = (await someone().get<ProductPage>('/api/products?q=hammock')).products[0];
    assert.ok(product);
    await ledger.setStock(product.id, 1);
    const [a, b] = [someone(), someone()];
    const [orderA, orderB] = await Promise.all([a.buy(product.id), b.buy(product.id)]);
    const outcomes = await Promise.all([
      a.passes(orderA, 'awaiting-payment', 15_000).then(
        () => 'reserved',
        () => 'rejected',
      ),
      b.passes(orderB, 'awaiting-payment', 15_000).then(
        () => 'reserved',
        () => 'rejected',
      ),
    ]);
    assert.deepEqual(outcomes.toSorted(), ['rejected', 'reserved']);
    const [loser, lost] = outcomes[0] === 'rejected' ? [a, orderA] : [b, orderB];
    await loser.reaches(lost, 'rejected');
    assert.equal(netCharged(await ledger.charges(lost)), 0);
    assert.equal((await ledger.product(product.id)).available, 0);
  });

  test('POST /api/checkout: the same request sent twice is one order', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=rope&stock=1')).products;
    assert.ok(product);
    await shopper.put(product.id, 1);
    const key = { 'idempotency-key': randomUUID() };
    const request = await shopper.checkoutRequest();
    const first = await shopper.request<{ orderId: string }>('POST', '/api/checkout', request, key);
    const second = await shopper.request<{ orderId: string }>('POST', '/api/checkout', request, key);
    assert.deepEqual([first.status, second.status], [202, 202]);
    assert.equal(second.body.orderId, first.body.orderId);
    const byKey = await shopper.get<{ orderId: string }>(`/api/checkouts/${key['idempotency-key']}`);
    assert.equal(byKey.orderId, first.body.orderId);
    await shopper.passes(first.body.orderId, 'submitted', 10_000);
    const list = (): Promise<readonly OrderSummary[]> => shopper.get('/api/orders');
    await eventually('the order in the list', list, ({ length }) => length > 0);
    assert.equal((await list()).length, 1);
  });

  test('POST /api/checkout: an idempotency key with another request is 422, and nothing is ordered', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=rope&stock=1')).products;
    assert.ok(product);
    await shopper.put(product.id, 1);
    const key = randomUUID();
    const first = await shopper.checkout(testCards.approved, key);
    await shopper.put(product.id, 2);
    const second = await shopper.checkout(testCards.approved, key);
    assert.equal(second.status, 422);
    assert.match(second.body.type, /idempotency-key-reused/);
    assert.equal((await shopper.get<CartView>('/api/cart')).count, 2);
    await shopper.passes(first.body.orderId, 'submitted', 10_000);
    const list = (): Promise<readonly OrderSummary[]> => shopper.get('/api/orders');
    await eventually('the order in the list', list, ({ length }) => length > 0);
    assert.equal((await list()).length, 1);
  });

  test('POST /api/checkout: a cart that another page changed is 409 with the current cart', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=rope&stock=1')).products;
    assert.ok(product);
    await shopper.put(product.id, 1);
    const seen = await shopper.checkoutRequest();
    await shopper.put(product.id, 2);
    await shopper.put(product.id, 1);
    const { status, body } = await shopper.request<Problem>('POST', '/api/checkout', seen, {
      'idempotency-key': randomUUID(),
    });
    assert.equal(status, 409);
    assert.match(body.type, /cart-changed/);
    assert.equal(body.cart?.count, 1);
  });

  test('POST /api/checkout: sold-out goods are 409', async () => {
    const shopper = someone();
    const [product] = (await shopper.get<ProductPage>('/api/products?q=whistle')).products;
    assert.ok(product);
    await ledger.setStock(product.id, 3);
    await shopper.put(product.id, 2);
    await ledger.setStock(product.id, 1);
    const { status, body } = await shopper.checkout();
    assert.equal(status, 409);
    assert.match(body.type, /sold-out/);
    assert.equal(body.cart?.lines[0]?.product.available, 1);
  });

  // eShop#996: every user could read, cancel or ship every order.
  test('GET and cancel /api/orders/:id: another shopper gets 404', async () => {
    const owner = someone();
    const stranger = someone();
    const [product] = (await owner.get<ProductPage>('/api/products?q=lamp&stock=1')).products;
    assert.ok(product);
    const orderId = await owner.buy(product.id);
    await owner.order(orderId);
    await stranger.get('/api/cart');
    assert.equal((await stranger.request('GET', `/api/orders/${orderId}`)).status, 404);
    assert.equal((await stranger.request('GET', `/api/orders/${orderId}/inside`)).status, 404);
    assert.equal((await stranger.request('POST', `/api/orders/${orderId}/cancel`)).status, 404);
    assert.deepEqual(await stranger.get('/api/orders'), []);
  });

  test('invariants: hold afterwards', async () => {
    assert.deepEqual(await ledger.invariants(), []);
  });
});
