import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import type { CartView, OrderSummary } from '@tidewater/contracts/storefront.ts';
import type { Browser, Page } from 'playwright';
import { buildFrontend } from '../../infra/launcher/frontend-build.ts';
import { root } from '../../infra/launcher/folders.ts';
import { type BrowserShopper, browserShopper, openBrowser } from '../harness/browser-shopper.ts';

/** The pages with a storefront that fails on demand: frontend/mock. */
describe('pages with a failing storefront', { timeout: 300_000 }, () => {
  const kettle = 'harbour-kettle-1-2-l';
  const longWord = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
  let browser: Browser;

  before(async () => {
    await buildFrontend(() => () => undefined);
    browser = await openBrowser();
  });
  after(() => browser.close());

  interface Visit {
    readonly shopper: BrowserShopper;
    readonly page: Page;
    readonly control: (path: string, body?: unknown) => Promise<void>;
    readonly orders: () => Promise<readonly OrderSummary[]>;
  }

  /** Each test has its own shop, with a kettle in the cart. */
  async function visit(run: (visit: Visit) => Promise<void>, { stepMs = 60_000, width = 1280 } = {}): Promise<void> {
    const mock = spawn(process.execPath, [join(root, 'frontend/mock/server.ts')], {
      env: { ...process.env, PORT: '0', STEP_MS: String(stepMs) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shopper: BrowserShopper | undefined;
    try {
      const { value } = (await createInterface({ input: mock.stdout })[Symbol.asyncIterator]().next()) as {
        value: string;
      };
      const url = value.slice(value.indexOf('http'));
      shopper = await browserShopper(browser, url, { width, height: 800 });
      await fetch(`${url}/api/cart/lines/${kettle}`, { method: 'PUT', body: '{"quantity":1}' });
      await run({
        shopper,
        page: shopper.page,
        control: async (path, body = {}) =>
          void (await fetch(`${url}/mock/${path}`, { method: 'POST', body: JSON.stringify(body) })),
        orders: async () => (await (await fetch(`${url}/api/orders`)).json()) as readonly OrderSummary[],
      });
      assert.deepEqual(
        shopper.complaints.filter((each) => !/net::ERR|status of 5/.test(each)),
        [],
      );
    } finally {
      await shopper?.close();
      mock.kill();
    }
  }

  const pay = (page: Page): Promise<void> => page.getByRole('button', { name: /^Pay/ }).click();
  const recovery = (page: Page, state: string): Promise<void> => page.locator(`[data-state="${state}"]`).waitFor();
  const overflow = (page: Page): Promise<number> =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  test('checkout: after a lost response the page finds its order', () =>
    visit(async ({ shopper, page, control, orders }) => {
      await shopper.fillCheckout();
      await control('fault', { request: 'POST /api/checkout', kind: 'lost', times: 1 });
      await control('fault', { request: 'GET /api/checkouts', kind: 503, times: 1 });
      await pay(page);
      await recovery(page, 'searching');
      assert.equal(await page.getByText('cart is empty').count(), 0);
      assert.equal(await page.getByLabel('Name').inputValue(), 'Ada Tern');
      await page.waitForURL(/\/orders\/TW-/);
      assert.equal((await orders()).length, 1);
    }));

  test('checkout: after a reload with a lost response the page finds its order', () =>
    visit(async ({ shopper, page, control, orders }) => {
      await shopper.fillCheckout();
      await control('fault', { request: 'POST /api/checkout', kind: 'lost', times: 1 });
      await control('fault', { request: 'GET /api/checkouts', kind: 'hung', times: 1 });
      await pay(page);
      await recovery(page, 'searching');
      assert.doesNotMatch(await page.evaluate<string>('JSON.stringify(sessionStorage)'), /4242|tok_/);
      await page.reload();
      await page.waitForURL(/\/orders\/TW-/);
      assert.equal((await orders()).length, 1);
    }));

  test('checkout: a request that did not arrive is repeated under the same key, once', () =>
    visit(async ({ shopper, page, control, orders }) => {
      await shopper.fillCheckout();
      const keys: (string | undefined)[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/api/checkout'))
          keys.push(request.headers()['idempotency-key']);
      });
      await control('fault', { request: 'POST /api/checkout', kind: 'unreached', times: 1 });
      await pay(page);
      await recovery(page, 'not-placed');
      await pay(page);
      await page.waitForURL(/\/orders\/TW-/);
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
      assert.equal((await orders()).length, 1);
    }));

  test('checkout: a repetition with another address places one order', () =>
    visit(async ({ shopper, page, control, orders }) => {
      await page.route('**/api/live', (route) => route.abort());
      await shopper.fillCheckout();
      await control('fault', { request: 'POST /api/checkout', kind: 'lost', times: 1 });
      await control('fault', { request: 'GET /api/checkouts', kind: 404, times: 4 });
      await pay(page);
      await recovery(page, 'not-placed');
      await page.getByLabel('Town').fill('Leer');
      await pay(page);
      await page.waitForURL(/\/orders\/TW-/);
      assert.equal((await orders()).length, 1);
    }));

  test('checkout: a late order is shown as late, not as an order of another window', () =>
    visit(async ({ shopper, page, control }) => {
      await shopper.fillCheckout();
      await control('fault', { request: 'POST /api/checkout', kind: 'lost', times: 1 });
      await control('fault', { request: 'GET /api/checkouts', kind: 404, times: 4 });
      await pay(page);
      await page.getByRole('heading', { name: 'Your order did reach us, only late' }).waitFor();
      await page.getByRole('link', { name: /See order TW-/ }).waitFor();
    }));

  test('checkout: an order paid in another window is linked', () =>
    visit(async ({ shopper, page }) => {
      await shopper.fillCheckout();
      const other = await page.context().newPage();
      await other.goto('/checkout');
      for (const [label, text] of [
        ['Name', 'Ada Tern'],
        ['E-mail', 'ada@example.org'],
        ['Street and number', 'Quay 1'],
        ['Postcode', '1011 AB'],
        ['Town', 'Haven'],
      ] as const)
        await other.getByLabel(label).fill(text);
      await other.getByText('Test cards').click();
      await other.getByRole('button', { name: /Approved/ }).click();
      await pay(other);
      await other.waitForURL(/\/orders\/TW-/);
      await other.close();
      await page.getByRole('heading', { name: 'Your order was placed in another window' }).waitFor();
      await page.getByRole('link', { name: /See order TW-/ }).click();
      await page.waitForURL(/\/orders\/TW-/);
    }));

  test('checkout: sold-out goods are shown before payment, and Pay gives the reason', () =>
    visit(async ({ shopper, page, control }) => {
      await shopper.fillCheckout();
      await control(`stock/${kettle}`, { available: 0 });
      await page.getByText('Sold out', { exact: true }).waitFor();
      const button = page.getByRole('button', { name: /^Pay/ });
      assert.equal(await button.isDisabled(), true);
      const reason = page.locator(`#${await button.getAttribute('aria-describedby')}`);
      assert.match((await reason.textContent()) ?? '', /sold out/);
      await page.getByRole('link', { name: 'Change the cart' }).click();
      await page.waitForURL(/\/cart/);
    }));

  test('checkout: 409 and 429 are explained, with the new cart or the time to wait', () =>
    visit(async ({ shopper, page, control }) => {
      await page.route('**/api/live', (route) => route.abort());
      await shopper.fillCheckout();
      await control('fault', { request: 'POST /api/checkout', kind: 429, retryAfter: 40, times: 1 });
      await pay(page);
      await page.getByText('in 40 seconds').waitFor();
      await control(`stock/${kettle}`, { available: 0 });
      await pay(page);
      await page.getByText('Someone else was quicker').waitFor();
      await page.getByText('Sold out', { exact: true }).waitFor();
      assert.equal(await page.getByText('Conflict').count(), 0);
    }));

  test('cart: a product that is no longer sold is named and can be removed', () =>
    visit(async ({ page, control }) => {
      await page.goto('/cart');
      await page.getByRole('link', { name: 'Check out' }).waitFor();
      await control(`withdraw/${kettle}`);
      await page.getByTestId('unavailable').getByText('Harbour Kettle').waitFor();
      await page.getByRole('button', { name: 'Take it out of the cart' }).click();
      await page.getByTestId('unavailable').waitFor({ state: 'detached' });
      const cart = (await page.evaluate(async () => (await fetch('/api/cart')).json())) as CartView;
      assert.deepEqual(cart.unavailable, []);
    }));

  for (const path of ['/', '/shop', `/products/${kettle}`, '/cart', '/checkout', '/orders'])
    test(`${path}: shows an outage and loads after it`, () =>
      visit(async ({ page, control }) => {
        await control('fault', { request: 'GET /api/', kind: 503, times: 6 });
        await page.goto(path);
        await page.getByTestId('problem').getByText('We keep trying').waitFor();
        await page.getByTestId('problem').waitFor({ state: 'detached' });
        assert.equal(await page.getByText('out for a moment').count(), 0);
      }));

  test('order: version 0 is shown as on its way and updates to the order', () =>
    visit(
      async ({ shopper, page }) => {
        await shopper.fillCheckout();
        await page.route('**/api/live', (route) => route.abort());
        await pay(page);
        await page.getByTestId('order-status').getByText('On its way to us').waitFor();
        await page.getByText('Your card', { exact: true }).waitFor();
        await page.getByTestId('order-status').getByText('Submitted').waitFor();
      },
      { stepMs: 3_000 },
    ));

  test('order: a replaced number redirects to its order, an unknown one is reported', () =>
    visit(async ({ shopper, page }) => {
      await shopper.fillCheckout();
      const orderId = await shopper.pay();
      await page.route('**/api/checkouts/TW-OLD', (route) => route.fulfill({ json: { orderId } }));
      await page.goto('/orders/TW-OLD');
      await page.waitForURL(new RegExp(`/orders/${orderId}$`));
      await page.goto('/orders/TW-NONE');
      await page.getByRole('heading', { name: 'We know no such order' }).waitFor();
    }));

  for (const width of [1280, 640, 320])
    test(`long words at ${width} px: no page is wider than the window, and heading levels have no gaps`, () =>
      visit(
        async ({ shopper, page, control, orders }) => {
          await control(`name/${kettle}`, { name: longWord });
          const checkLayout = async (path?: string): Promise<void> => {
            if (path !== undefined) await page.goto(path);
            await page.getByRole('heading', { level: 1 }).waitFor();
            await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
            assert.equal(await overflow(page), 0, page.url());
            const levels = await page.evaluate<number[]>(
              "[...document.querySelectorAll('h1,h2,h3')].filter(h => h.getClientRects().length > 0).map(h => Number(h.tagName[1]))",
            );
            const jumps = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
            assert.deepEqual(jumps, [], `${page.url()}: ${levels.join(' ')}`);
          };
          for (const path of ['/', '/shop?category=camping', `/shop?q=${longWord}`, `/products/${kettle}`, '/cart'])
            await checkLayout(path);
          await shopper.fillCheckout();
          await page.getByLabel('Name').fill(longWord);
          await page.getByLabel('Street and number').fill(longWord);
          await page.getByLabel('Town').fill(longWord);
          await checkLayout();
          await pay(page);
          await page.waitForURL(/\/orders\/TW-/);
          await shopper.statusIs('delivered');
          await checkLayout();
          await checkLayout('/orders');
          const [order] = await orders();
          await checkLayout(`/orders/${order?.orderId}/inside`);
        },
        { stepMs: 50, width },
      ));
});
