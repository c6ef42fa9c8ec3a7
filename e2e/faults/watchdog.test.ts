import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { topics } from '@tidewater/contracts/topics.ts';
import { Shopper } from '../harness/shopper.ts';
import { hops } from './hops.ts';
import { expectExact, isListed, openScene, seconds } from './scene.ts';

describe('an order’s repeats', { timeout: 180_000 }, () => {
  test('while its consumers read nothing for long, few messages are added, and the order ends with compensation', async (t) => {
    const scene = await openScene({ WATCHDOG_SECONDS: '0.3' });
    const { broker } = scene;
    try {
      for (const app of ['payment', 'catalog']) {
        const shopper = new Shopper(scene.store.url);
        const productId = await scene.product(5);
        const from = await broker.next(topics.orders);
        const release = await broker.hold(app, topics.orders);
        const orderId = await shopper.buy(productId);
        const begun = Date.now();
        const end = app === 'payment' ? 'payment failed' : 'rejected';
        await isListed(shopper, orderId, end);
        const told = (await broker.events(topics.orders, from)).filter(({ data }) => data.orderId === orderId);
        await release();
        await broker.drained();
        t.diagnostic(`${app} reads nothing: ${end} after ${seconds(Date.now() - begun)}, ${told.length} messages`);
        assert.ok(told.length <= 20, `${told.length} messages for one order`);
        await expectExact(scene, await shopper.order(orderId), { productId, before: 5 });
      }
      assert.deepEqual(await scene.ledger.invariants(), []);
    } finally {
      await scene.close();
    }
  });

  test('at the usual interval, lost messages are repaired in the time that the documentation tells', async (t) => {
    const scene = await openScene({ WATCHDOG_SECONDS: '15' });
    try {
      const chosen = hops.filter(({ name }) => /cart.checked-out|: reserve-stock|payment.captured/.test(name));
      await Promise.all(
        chosen.map(async (hop) => {
          const shopper = new Shopper(scene.store.url);
          const productId = await scene.product(5);
          const { orderId, at } = await hop.lose({ scene, shopper, productId });
          await isListed(shopper, orderId, hop.end);
          const repairedMs = Date.now() - at;
          t.diagnostic(`${hop.name}: ${hop.end} ${seconds(repairedMs)} after the loss`);
          assert.ok(repairedMs < 40_000, `took ${repairedMs} ms`);
          await expectExact(scene, await shopper.order(orderId), { productId, before: 5 });
        }),
      );
    } finally {
      await scene.close();
    }
  });
});
