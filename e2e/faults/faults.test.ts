import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { type LedgerChecks, ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually, startStore, type StoreUnderTest } from '../harness/store.ts';

/** The killed program, and the status of the order at that moment: each program then works on the order. */
const kills: readonly { readonly victim: string; readonly once: OrderStatus; readonly card?: string }[] = [
  { victim: 'order', once: 'submitted' },
  { victim: 'order', once: 'paid' },
  { victim: 'order/sidecar', once: 'submitted' },
  { victim: 'order/sidecar', once: 'paid' },
  { victim: 'cart/sidecar', once: 'submitted' },
  { victim: 'catalog', once: 'submitted' },
  { victim: 'catalog/sidecar', once: 'submitted' },
  // The provider responds slowly, so payment is killed during a charge.
  { victim: 'payment', once: 'awaiting-payment', card: testCards.slow },
  { victim: 'payment/sidecar', once: 'awaiting-payment', card: testCards.slow },
  { victim: 'provider', once: 'awaiting-payment', card: testCards.slow },
  // The shopper's pages depend on these two; the order does not.
  { victim: 'storefront', once: 'submitted' },
  { victim: 'storefront/sidecar', once: 'submitted' },
  { victim: 'cart', once: 'submitted' },
  { victim: 'nats', once: 'submitted' },
  { victim: 'nats', once: 'awaiting-payment', card: testCards.slow },
  { victim: 'postgres', once: 'submitted' },
  { victim: 'postgres', once: 'paid' },
];

describe('SIGKILL in the middle of an order', { timeout: 600_000 }, () => {
  let store: StoreUnderTest;
  let ledger: LedgerChecks;

  before(async () => {
    store = await startStore();
    ledger = ledgerChecks(() => store.running());
  });
  after(() => store.stop());

  for (const [index, { victim, once, card }] of kills.entries()) {
    test(`SIGKILL of ${victim} at ${once}: the order is delivered, charged once, stock exact`, async () => {
      const shopper = new Shopper(store.url);
      const product = (await shopper.get<ProductPage>('/api/products?stock=1&size=60&sort=name')).products[index * 2];
      assert.ok(product && product.available > 0);
      const orderId = await shopper.buy(product.id, { card });
      await shopper.passes(orderId, once);
      const pid = store.running().pids[victim];
      assert.ok(pid, `${victim} is not running`);
      process.kill(pid, 'SIGKILL');
      await eventually(
        `${victim} running again`,
        () => Promise.resolve(store.running().pids[victim]),
        (now) => now !== undefined && now !== pid,
        20_000,
      );
      const order = await shopper.reaches(orderId, 'delivered', 60_000);
      const charges = await ledger.charges(orderId);
      assert.equal(charges.length, 1, `charged ${charges.length} times`);
      assert.equal(netCharged(charges), order.total.amount);
      assert.deepEqual(
        order.steps.map(({ version }) => version),
        order.steps.map((_step, at) => at + 1),
      );
      assert.equal((await ledger.product(product.id)).available, product.available - 1);
    });
  }

  test('invariants: hold afterwards', async () => {
    assert.deepEqual(
      await eventually(
        'invariants holding',
        () => ledger.invariants(),
        (problems) => problems.length === 0,
        15_000,
      ),
      [],
    );
  });
});
