import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { topics } from '@tidewater/contracts/topics.ts';
import { Shopper } from '../harness/shopper.ts';
import { hops } from './hops.ts';
import { expectExact, isListed, openFixture, type FaultsFixture, seconds } from './fixture.ts';

const commandTopics = { payment: topics.paymentCommands, catalog: topics.stockCommands } as const;
const terminalStatuses = { payment: 'payment-failed', catalog: 'rejected' } as const;

/** An order whose next consumer reads nothing until `release` is called. */
async function waitsFor(fixture: FaultsFixture, app: keyof typeof terminalStatuses) {
  const shopper = new Shopper(fixture.store.url);
  const productId = await fixture.product(5);
  const release = await fixture.broker.hold(app, commandTopics[app]);
  const begun = Date.now();
  const orderId = await shopper.buy(productId);
  return { app, shopper, productId, orderId, release, begun, end: terminalStatuses[app] };
}

describe('watchdog of an order', { timeout: 180_000, concurrency: 2 }, () => {
  test('consumers that read nothing for long: few messages are added, and the order ends with compensation', async (t) => {
    const fixture = await openFixture({ WATCHDOG_SECONDS: '0.3' });
    const { broker } = fixture;
    try {
      const unpaid = await waitsFor(fixture, 'payment');
      await unpaid.shopper.passes(unpaid.orderId, 'awaiting-payment');
      const unreserved = await waitsFor(fixture, 'catalog');
      for (const { shopper, orderId, app, end, begun } of [unpaid, unreserved]) {
        await isListed(shopper, orderId, end);
        const messages = (await broker.events(commandTopics[app])).filter(({ data }) => data.orderId === orderId);
        t.diagnostic(`${app} reads nothing: ${end} after ${seconds(Date.now() - begun)}, ${messages.length} messages`);
        assert.ok(messages.length <= 12, `${messages.length} messages for one order`);
      }
      for (const { release } of [unpaid, unreserved]) await release();
      await broker.drained();
      for (const { shopper, orderId, productId } of [unpaid, unreserved])
        await expectExact(fixture, await shopper.order(orderId), { productId, before: 5 });
      assert.deepEqual(await fixture.ledger.invariants(), []);
    } finally {
      await fixture.close();
    }
  });

  test('default interval: lost messages are repeated within the documented time', async (t) => {
    const fixture = await openFixture({ WATCHDOG_SECONDS: '15' });
    try {
      const chosen = hops.filter(({ name }) => /cart.checked-out|: reserve-stock|payment.captured/.test(name));
      await Promise.all(
        chosen.map(async (hop) => {
          const shopper = new Shopper(fixture.store.url);
          const productId = await fixture.product(5);
          const { orderId, at } = await hop.lose({ fixture, shopper, productId });
          await isListed(shopper, orderId, hop.end);
          const repairedMs = Date.now() - at;
          t.diagnostic(`${hop.name}: ${hop.end} ${seconds(repairedMs)} after the loss`);
          assert.ok(repairedMs < 40_000, `took ${repairedMs} ms`);
          await expectExact(fixture, await shopper.order(orderId), { productId, before: 5 });
        }),
      );
    } finally {
      await fixture.close();
    }
  });
});
