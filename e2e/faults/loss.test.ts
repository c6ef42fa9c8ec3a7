import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { topics } from '@tidewater/contracts/topics.ts';
import { Shopper } from '../harness/shopper.ts';
import { hops } from './hops.ts';
import { openPage } from './open-page.ts';
import { expectExact, isListed, openFixture, type FaultsFixture, seconds } from './fixture.ts';

describe('a message is deleted from the broker before it is read', { timeout: 240_000 }, () => {
  let fixture: FaultsFixture;

  before(async () => {
    fixture = await openFixture();
  });
  after(() => fixture.close());

  for (const hop of hops)
    test(`loss of ${hop.name}: the order still ends as ${hop.end}, once`, async (t) => {
      const shopper = new Shopper(fixture.store.url);
      const productId = await fixture.product(5);
      const { orderId, at } = await hop.lose({ fixture, shopper, productId });
      await isListed(shopper, orderId, hop.end);
      const repairedMs = Date.now() - at;
      const order = await shopper.order(orderId);
      assert.equal(order.status, hop.end);
      await expectExact(fixture, order, { productId, before: hop.end === 'rejected' ? 0 : 5 });
      t.diagnostic(
        `ended ${seconds(repairedMs)} after the loss; stock and payments correct after ${seconds(Date.now() - at)}`,
      );
    });

  test('loss of all events to an open page: GET /api/orders/:id has the final status, and the page receives later events', async () => {
    const shopper = new Shopper(fixture.store.url);
    const page = await openPage(fixture.store.url, shopper);
    const productId = await fixture.product(5);
    const release = await fixture.broker.hold('storefront', topics.orders);
    const from = await fixture.broker.next(topics.orders);
    try {
      const orderId = await shopper.buy(productId);
      await isListed(shopper, orderId, 'delivered');
      await fixture.broker.remove(topics.orders, from, ({ data }) => data.orderId === orderId);
      await release();
      assert.equal((await shopper.order(orderId)).status, 'delivered');
      const next = await shopper.buy(productId);
      await page.expectOrder(next, 'delivered');
    } finally {
      await release();
      await page.close();
    }
  });

  test('afterwards: no message is pending, and the invariants hold', async () => {
    await fixture.broker.drained();
    assert.deepEqual(await fixture.ledger.invariants(), []);
  });
});
