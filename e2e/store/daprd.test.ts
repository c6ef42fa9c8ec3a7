import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { ledgerChecks, netCharged } from '../harness/ledger-checks.ts';
import { Shopper } from '../harness/shopper.ts';
import { startStore } from '../harness/store.ts';

const folder = process.env.DAPRD_FOLDER;

describe('the same services on Dapr’s own sidecar', { timeout: 300_000 }, () => {
  test(
    'daprd: an order is delivered and charged once, a declined one is not charged',
    { skip: folder ? false : 'DAPRD_FOLDER (with daprd, placement and scheduler) is not set' },
    async () => {
      const store = await startStore({ args: ['--daprd', folder ?? ''] });
      try {
        const ledger = ledgerChecks(() => store.running());
        const shopper = new Shopper(store.url);
        const [product] = (await shopper.get<ProductPage>('/api/products?q=kayak&stock=1')).products;
        assert.ok(product);
        const approved = await shopper.buy(product.id);
        const order = await shopper.reaches(approved, 'delivered', 90_000);
        assert.equal(netCharged(await ledger.charges(approved)), order.total.amount);
        const declined = await shopper.buy(product.id, { card: testCards.declined });
        await shopper.reaches(declined, 'payment-failed', 90_000);
        assert.equal(netCharged(await ledger.charges(declined)), 0);
        assert.equal((await shopper.request('GET', `/api/orders/${approved}/inside`)).status, 501);
        assert.deepEqual(await ledger.invariants(), []);
      } finally {
        await store.stop();
      }
    },
  );
});
