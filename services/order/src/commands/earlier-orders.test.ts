import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderView } from '@tidewater/contracts/order-view.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { upcastOrder, upcastRecord } from '../domain/earlier-orders.ts';
import { orderDetails } from '../domain/order-details.ts';
import type { Order } from '../domain/order-state.ts';
import { earlierOrder, earlierToPayment, orderFixture, sampleCard, sampleRequest } from '../testing.ts';

const cases: readonly (readonly [status: string, by: string, asks: readonly string[], input: string])[] = [
  ['rejected', 'catalog', [], 'stock-rejected'],
  ['rejected', 'catalog', ['release-stock'], 'processing-failed'],
  ['payment failed', 'payment', ['release-stock'], 'payment-declined'],
  ['payment failed', 'payment', ['unwind-payment', 'release-stock'], 'processing-failed'],
  ['payment failed', 'payment', [], 'payment-voided'],
  ['cancelled', 'shopper', ['unwind-payment', 'release-stock'], 'cancel'],
  ['cancelled', 'payment', ['unwind-payment', 'restock'], 'processing-failed'],
  ['cancelled', 'payment', [], 'payment-voided'],
];

for (const [status, by, asks, input] of cases) {
  test(`upcastOrder: ${status} by ${by} with [${asks.join(', ')}] was caused by ${input}`, () => {
    const story = 'No money. We charged nothing and put everything back on the shelf.';
    const order = upcastOrder(earlierOrder(...earlierToPayment, [status, by, asks, story]) as unknown as Order);
    const change = order.changes.at(-1);
    assert.deepEqual([change?.status, change?.input, change?.commands], [status.replace(' ', '-'), input, asks]);
    assert.equal(change?.reason, input === 'payment-declined' ? 'No money.' : undefined);
  });
}

test('upcastOrder: versions stay, and reserved is read as awaiting-payment', () => {
  const order = upcastOrder(
    earlierOrder(...earlierToPayment, ['paid', 'payment', ['commit-stock']]) as unknown as Order,
  );
  assert.deepEqual(
    order.changes.map(({ version, status }) => `${version} ${status}`),
    ['1 submitted', '2 awaiting-stock', '3 awaiting-payment', '4 awaiting-payment', '5 paid'],
  );
  assert.equal(orderView(orderDetails(order)).steps.length, 5);
  assert.equal(upcastOrder(order), order, 'an order of this version is returned as it is');
});

test('upcastRecord: an earlier event is a valid record without token and text', () => {
  const { changes, ...content } = earlierOrder(...earlierToPayment);
  for (const change of changes) {
    const record = upcastRecord({ ...content, ...change } as never);
    const { checkoutId: _checkoutId, ...stored } = record as typeof record & { readonly checkoutId?: string };
    assert.ok(isValid(eventSchemas['order.recorded'], stored));
    assert.deepEqual([record.payment, 'story' in record, 'asks' in record], [sampleCard, false, false]);
  }
});

test('actor: an order of an earlier version goes on from awaiting payment', async () => {
  const { order, published, commands } = orderFixture({ order: earlierOrder(...earlierToPayment) });
  assert.equal((await order.call.view({ shopperId: 'ann' })).status, 'awaiting-payment');
  await order.call.paymentCaptured({ amount: sampleRequest.total, card: sampleCard });
  assert.deepEqual(published(), ['5 paid']);
  assert.deepEqual(commands(), ['commit-stock']);
  const records = await order.call.events();
  assert.ok(records.every((record) => isValid(eventSchemas['order.recorded'], record)));
});
