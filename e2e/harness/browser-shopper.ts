import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { findBrowser } from '../../infra/browser.ts';

/** A real Chromium: an installed one, the packaged one, or Playwright's own. */
export async function openBrowser(): Promise<Browser> {
  const installed = await findBrowser();
  const quietFlags = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ];
  return chromium.launch({
    executablePath: installed?.executablePath,
    args: [...(installed?.args ?? []), ...quietFlags],
  });
}

/** A shopper in a browser with its own cookies. Errors of the page are recorded. */
export interface BrowserShopper {
  readonly page: Page;
  /** Uncaught errors, console errors and requests to other hosts; must be empty. */
  readonly complaints: readonly string[];
  add(productId: string, quantity?: number): Promise<void>;
  /** Waits until the displayed count of the cart matches. */
  waitForCount(count: RegExp): Promise<void>;
  /** From a filled cart to the button that pays, without pressing it. */
  fillCheckout(card?: string): Promise<void>;
  pay(): Promise<string>;
  statusIs(status: string, limitMs?: number): Promise<void>;
  reached(): Promise<readonly string[]>;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function browserShopper(
  browser: Browser,
  url: string,
  size = { width: 1280, height: 900 },
): Promise<BrowserShopper> {
  const context = await browser.newContext({ viewport: size, baseURL: url, locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const host = new URL(url).host;
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  // Chromium also logs a response of 409, 400 or 404, which the page handles, as a console error.
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !/status of 4\d\d/.test(message.text()) &&
      complaints.push(`console: ${message.text()}`),
  );
  page.on(
    'request',
    (request) =>
      /^https?:/.test(request.url()) &&
      new URL(request.url()).host !== host &&
      complaints.push(`third party: ${request.url()}`),
  );
  // The header's on a wide screen, the bottom bar's on a phone.
  const waitForCount = (count: RegExp): Promise<void> =>
    page.getByTestId('cart-count').filter({ hasText: count, visible: true }).waitFor();
  return {
    page,
    complaints,
    async add(productId, quantity = 1) {
      await page.goto(`/products/${productId}`);
      if (quantity > 1) await page.getByLabel(/^Quantity/).fill(String(quantity));
      await page.getByRole('button', { name: 'Add to cart' }).click();
      await waitForCount(/[1-9]/);
    },
    waitForCount,
    async fillCheckout(card = testCards.approved) {
      await page.goto('/cart');
      await page.getByRole('link', { name: 'Check out' }).click();
      await page.getByLabel('Name').fill('Ada Tern');
      await page.getByLabel('E-mail').fill('ada@example.org');
      await page.getByLabel('Country').selectOption('DE');
      await page.getByLabel('Street and number').fill('Harbour Lane 4');
      await page.getByLabel('Postcode').fill('26723');
      await page.getByLabel('Town').fill('Emden');
      await page.getByLabel('Card number').fill(card);
      await page.getByLabel(/^Good until/).fill('12/39');
      await page.getByLabel('Security code').fill('123');
    },
    async pay() {
      await page.getByRole('button', { name: /^Pay/ }).click();
      await page.waitForURL(/\/orders\/TW-/);
      return decodeURIComponent(new URL(page.url()).pathname.split('/')[2] ?? '');
    },
    async statusIs(status, limitMs = 40_000) {
      await page.locator(`[data-testid=order-status][data-status="${status}"]`).waitFor({ timeout: limitMs });
    },
    reached: () =>
      page
        .locator('[data-testid=order-timeline] li:not(.upcoming)')
        .evaluateAll((items) => items.map((item) => item.getAttribute('data-status') ?? '')),
    /** Written only when SCREENSHOTS names a folder. */
    async screenshot(name) {
      const folder = process.env.SCREENSHOTS;
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    },
    close: () => context.close(),
  };
}
