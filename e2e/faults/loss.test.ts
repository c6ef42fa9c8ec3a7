import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { topics } from '@tidewater/contracts/topics.ts';
import { Shopper } from '../harness/shopper.ts';
import { hops } from './hops.ts';
import { openPage } from './open-page.ts';
import { expectExact, isListed, openScene, type Scene, seconds } from './scene.ts';

describe('a message is deleted from the broker before it was read', { timeout: 240_000 }, () => {
  let scene: Scene;

  before(async () => {
    scene = await openScene();
  });
  after(() => scene.close());

  for (const hop of hops)
    test(`${hop.name}: the order is ${hop.end} nevertheless, once`, async (t) => {
      const shopper = new Shopper(scene.store.url);
      const productId = await scene.product(5);
      const { orderId, at } = await hop.lose({ scene, shopper, productId });
      await isListed(shopper, orderId, hop.end);
      const repairedMs = Date.now() - at;
      const order = await shopper.order(orderId);
      assert.equal(order.status, hop.end);
      await expectExact(scene, order, { productId, before: hop.end === 'rejected' ? 0 : 5 });
      t.diagnostic(
        `ended ${seconds(repairedMs)} after the loss; stock and books right after ${seconds(Date.now() - at)}`,
      );
    });

  test('order to an open page: asked again, the shop tells the end, and the page hears of what comes later', async () => {
    const shopper = new Shopper(scene.store.url);
    const page = await openPage(scene.store.url, shopper);
    const productId = await scene.product(5);
    const release = await scene.broker.hold('storefront', topics.orders);
    const from = await scene.broker.next(topics.orders);
    try {
      const orderId = await shopper.buy(productId);
      await isListed(shopper, orderId, 'delivered');
      await scene.broker.remove(topics.orders, from, ({ data }) => data.orderId === orderId);
      await release();
      assert.equal((await shopper.order(orderId)).status, 'delivered');
      const next = await shopper.buy(productId);
      await page.shows(next, 'delivered');
    } finally {
      await release();
      await page.close();
    }
  });

  test('afterwards nothing waits, and the books agree', async () => {
    await scene.broker.drained();
    assert.deepEqual(await scene.ledger.invariants(), []);
  });
});
