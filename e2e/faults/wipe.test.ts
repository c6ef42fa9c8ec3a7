import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { isTerminal } from '@tidewater/contracts/order-status.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import { netCharged } from '../harness/ledger-checks.ts';
import { Shopper } from '../harness/shopper.ts';
import { eventually, pause } from '../harness/store.ts';
import { isListed, openFixture, type FaultsFixture, seconds } from './fixture.ts';

interface Bought {
  readonly shopper: Shopper;
  readonly orderId: string;
}

describe('the broker loses all messages', { timeout: 240_000 }, () => {
  let fixture: FaultsFixture;

  before(async () => {
    // Long enough that many orders are in progress at once, also on a busy machine.
    fixture = await openFixture({ GRACE_SECONDS: '4' });
  });
  after(() => fixture.close());

  /** As a browser does: repeats the checkout under its key until it is accepted. */
  async function buy(productId: string): Promise<Bought> {
    const shopper = new Shopper(fixture.store.url);
    await shopper.put(productId, 1);
    const key = randomUUID();
    for (const end = Date.now() + 60_000; ; await pause(300)) {
      const response = await shopper.checkout(undefined, key).catch((cause: unknown) => cause);
      if (typeof response === 'object' && response !== null && 'status' in response && response.status === 202)
        return { shopper, orderId: (response as Awaited<ReturnType<Shopper['checkout']>>).body.orderId };
      const existing = await shopper
        .request<{ orderId: string }>('GET', `/api/checkouts/${key}`)
        .catch(() => undefined);
      if (existing?.status === 200) return { shopper, orderId: existing.body.orderId };
      if (Date.now() > end) throw new Error(`no order after 60 s: ${JSON.stringify(response)}`);
    }
  }

  async function expectAllDelivered(bought: readonly Bought[], productId: string, before: number): Promise<void> {
    const orderIds = new Set(bought.map(({ orderId }) => orderId));
    assert.equal(orderIds.size, bought.length, 'two shoppers got the same order number');
    await Promise.all(bought.map(({ shopper, orderId }) => isListed(shopper, orderId, 'delivered', 90_000)));
    for (const { shopper, orderId } of bought) {
      const order = await shopper.order(orderId);
      const charges = await fixture.ledger.charges(orderId);
      assert.equal(charges.length, 1, `${orderId} was charged ${charges.length} times`);
      assert.equal(netCharged(charges), order.total.amount);
      assert.equal(order.steps.filter(({ status }) => isTerminal(status)).length, 1);
    }
    await fixture.ledger.availableBecomes(productId, before - bought.length);
    await fixture.broker.drained();
    assert.deepEqual(await fixture.ledger.invariants(), []);
  }

  /** The number of accepted orders that are not delivered. */
  async function underWay(): Promise<number> {
    const [row] = await fixture.rows<{ count: string }>(
      "select count(*) from ordering.orders where status <> 'delivered'",
    );
    return Number(row?.count);
  }

  test('twice, while 50 orders are in progress: none is lost or duplicated', async (t) => {
    const productId = await fixture.product(100);
    const buying = Promise.all(Array.from({ length: 50 }, () => buy(productId)));
    const unfinished: number[] = [];
    for (const least of [25, 15]) {
      unfinished.push(await eventually('many orders being in progress', underWay, (count) => count >= least));
      await fixture.broker.wipe();
      // The second time other messages are lost: those to and from catalog and payment.
      await pause(2500);
    }
    const at = Date.now();
    const bought = await buying;
    await expectAllDelivered(bought, productId, 100);
    t.diagnostic(`in progress when everything was lost: ${unfinished.join(' and ')} orders`);
    t.diagnostic(
      `${bought.length} of 50 delivered, charged once each, ${seconds(Date.now() - at)} after the second loss`,
    );
  });

  test('before order has read the first event: 20 accepted checkouts become 20 orders', async (t) => {
    const productId = await fixture.product(100);
    await fixture.broker.hold('order', topics.carts);
    const bought = await Promise.all(Array.from({ length: 20 }, () => buy(productId)));
    const unread = (await fixture.broker.consumers()).find(({ name }) => name === 'order-carts');
    assert.ok((unread?.pending ?? 0) >= 20);
    await fixture.broker.wipe();
    const at = Date.now();
    await expectAllDelivered(bought, productId, 100);
    t.diagnostic(`${bought.length} of 20 delivered, charged once each, ${seconds(Date.now() - at)} after the loss`);
  });
});
