import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright';
import { apps } from '@tidewater/contracts/apps.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { happyPath } from '@tidewater/contracts/order-status.ts';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { InsideView } from '@tidewater/contracts/storefront.ts';
import { ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { type BrowserShopper, browserShopper, openBrowser } from '../harness/browser-shopper.ts';
import { sharedStore, type StoreUnderTest } from '../harness/store.ts';

/** A shop that runs elsewhere, such as compose's: tests that read its ledger are skipped. */
const elsewhere = process.env.BASE_URL;
const needsLedger = { skip: elsewhere ? 'the ledger of a shop behind BASE_URL is not accessible' : false };

describe('in a browser', { timeout: 400_000 }, () => {
  let store: StoreUnderTest | undefined;
  let browser: Browser;
  let url: string;
  const ledger = ledgerChecks(() => {
    if (!store) throw new Error('no ledger');
    return store.running();
  });

  before(async () => {
    if (!elsewhere) store = await sharedStore();
    url = elsewhere ?? store?.url ?? '';
    browser = await openBrowser();
  });
  after(() => browser.close());

  /** A product with enough stock, a different one each time. */
  let taken = 0;
  async function anyProduct(): Promise<{ id: string; available: number; amount: number }> {
    const response = await fetch(`${url}/api/products?stock=1&size=60&sort=price`);
    const { products } = (await response.json()) as ProductPage;
    const product = products.filter(({ available }) => available >= 8)[taken++];
    assert.ok(product);
    return { id: product.id, available: product.available, amount: product.price.amount };
  }

  async function withShopper(
    visit: (shopper: BrowserShopper) => Promise<void>,
    size?: { width: number; height: number },
  ): Promise<void> {
    const shopper = await browserShopper(browser, url, size);
    try {
      await visit(shopper);
      assert.deepEqual(shopper.complaints, []);
    } catch (error) {
      await shopper.screenshot(`failed-${taken}`);
      throw error;
    } finally {
      await shopper.close();
    }
  }

  test('an approved card: the order page updates until delivered', () =>
    withShopper(async (shopper) => {
      const { page } = shopper;
      await page.goto('/');
      await page.getByTestId('product-card').first().waitFor();
      await shopper.screenshot('home');
      await page.goto('/shop');
      await page.getByTestId('product-card').first().waitFor();
      await shopper.screenshot('shop');
      const product = await anyProduct();
      await shopper.add(product.id, 2);
      await shopper.screenshot('product');
      await page.goto('/cart');
      await page.getByRole('link', { name: 'Check out' }).waitFor();
      await shopper.screenshot('cart');
      await shopper.fillCheckout();
      await shopper.screenshot('checkout');
      const orderId = await shopper.pay();
      await shopper.statusIs('paid');
      await shopper.screenshot('order-paid');
      await shopper.statusIs('delivered');
      assert.deepEqual(await shopper.reached(), [...happyPath]);
      await shopper.screenshot('order-delivered');
      if (!elsewhere) assert.equal((await ledger.charges(orderId)).length, 1);
    }));

  test('a declined card: the page shows it, nothing is charged and the stock is released', () =>
    withShopper(async (shopper) => {
      const product = await anyProduct();
      await shopper.add(product.id);
      await shopper.fillCheckout(testCards.declined);
      const orderId = await shopper.pay();
      await shopper.statusIs('payment-failed');
      await shopper.screenshot('order-payment-failed');
      if (elsewhere) return;
      assert.equal(netCharged(await ledger.charges(orderId)), 0);
      await ledger.availableBecomes(product.id, product.available);
    }));

  test('sold out during checkout: the page shows it before payment', needsLedger, () =>
    withShopper(async (shopper) => {
      const product = await anyProduct();
      await shopper.add(product.id);
      await shopper.fillCheckout();
      await ledger.setStock(product.id, 0);
      await shopper.page.getByText('Sold out', { exact: true }).waitFor();
      assert.equal(await shopper.page.getByRole('button', { name: /^Pay/ }).isDisabled(), true);
      await shopper.screenshot('checkout-sold-out');
    }),
  );

  test('a cancellation in the grace period: nothing is charged', () =>
    withShopper(async (shopper) => {
      const product = await anyProduct();
      await shopper.add(product.id);
      await shopper.fillCheckout();
      const orderId = await shopper.pay();
      await shopper.page.getByRole('button', { name: 'Cancel order' }).click();
      await shopper.page.getByRole('button', { name: 'Yes, cancel order' }).click();
      await shopper.statusIs('cancelled');
      assert.deepEqual(await shopper.reached(), ['submitted', 'cancelled']);
      if (!elsewhere) assert.deepEqual(await ledger.charges(orderId), []);
    }));

  test('a price change: the cart shows it, and it must be accepted', needsLedger, () =>
    withShopper(async (shopper) => {
      const { page } = shopper;
      const product = await anyProduct();
      await shopper.add(product.id);
      await ledger.setPrice(product.id, product.amount + 700);
      await page.goto('/cart');
      await page.getByTestId('price-changed').waitFor();
      await shopper.screenshot('price-changed');
      await page.goto('/checkout');
      assert.equal(await page.getByRole('button', { name: /^Pay/ }).isDisabled(), true);
      await page.getByRole('button', { name: 'Accept new prices' }).click();
      await page.getByTestId('price-changed').waitFor({ state: 'detached' });
      await shopper.fillCheckout();
      const orderId = await shopper.pay();
      await shopper.statusIs('paid');
      const [charge] = await ledger.charges(orderId);
      assert.equal(charge?.captured.amount, product.amount + 700 + (product.amount + 700 >= 15_000 ? 0 : 490));
      await ledger.setPrice(product.id, product.amount);
    }),
  );

  test('a reload: the page shows the same order and continues', () =>
    withShopper(async (shopper) => {
      const product = await anyProduct();
      await shopper.add(product.id);
      await shopper.page.reload();
      await shopper.waitForCount(/^1$/);
      await shopper.fillCheckout();
      await shopper.pay();
      await shopper.page.reload();
      await shopper.statusIs('awaiting-payment', 20_000).catch(() => undefined);
      await shopper.page.reload();
      await shopper.statusIs('delivered');
      await shopper.page.goto('/orders');
      await shopper.page.getByText('Delivered').first().waitFor();
      await shopper.screenshot('orders');
    }));

  test('the inside view: shows every service in causal order in one trace', () =>
    withShopper(async (shopper) => {
      const { page } = shopper;
      const product = await anyProduct();
      await shopper.add(product.id);
      await shopper.fillCheckout();
      const orderId = await shopper.pay();
      await shopper.statusIs('delivered');
      await page.getByRole('link', { name: 'How this order works inside' }).click();
      const rows = page.getByTestId('inside-activity');
      await rows.first().waitFor();
      const seen = new Set(await rows.evaluateAll((items) => items.map((item) => item.getAttribute('data-app'))));
      assert.deepEqual([...seen].map(String).toSorted(), apps.toSorted());
      const kinds = new Set(await rows.evaluateAll((items) => items.map((item) => item.getAttribute('data-kind'))));
      for (const kind of [
        'invoke.send',
        'invoke.receive',
        'publish',
        'deliver',
        'actor.turn',
        'actor.commit',
        'reminder.fire',
      ])
        assert.ok(kinds.has(kind), `no ${kind} among ${[...kinds].join(', ')}`);
      await shopper.screenshot('inside');
      const view = (await page.evaluate(
        async (path) => (await fetch(path)).json(),
        `/api/orders/${orderId}/inside`,
      )) as InsideView;
      const positions = new Map(view.activities.map(({ spanId }, at) => [spanId, at]));
      const late = view.activities.filter(({ parentSpanId }, at) => (positions.get(parentSpanId ?? '') ?? -1) > at);
      assert.deepEqual(late, [], 'a cause is listed after its effect');
      const rootless = view.activities.filter(
        ({ parentSpanId }) => parentSpanId !== undefined && !positions.has(parentSpanId),
      );
      assert.ok(
        rootless.length <= 1,
        `${rootless.length} activities have no parent: ${rootless.map(({ appId, kind, name }) => `${appId} ${kind} ${name}`).join('; ')}`,
      );
      assert.match(view.traceId, /^[0-9a-f]{32}$/);
      assert.doesNotMatch(JSON.stringify(view), new RegExp(testCards.approved));
      await rows.first().getByRole('button').first().click();
      await page.keyboard.press('ArrowDown');
    }));

  test('a phone: the whole purchase fits the screen', () =>
    withShopper(
      async (shopper) => {
        const product = await anyProduct();
        await shopper.page.goto('/');
        await shopper.page.getByTestId('product-card').first().waitFor();
        await shopper.screenshot('phone-home');
        await shopper.add(product.id);
        await shopper.screenshot('phone-product');
        await shopper.fillCheckout();
        await shopper.screenshot('phone-checkout');
        await shopper.pay();
        await shopper.statusIs('delivered');
        await shopper.screenshot('phone-order');
        const overflow = await shopper.page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.ok(overflow <= 0, `the page is ${overflow} px wider than the phone`);
      },
      { width: 390, height: 844 },
    ));
});
