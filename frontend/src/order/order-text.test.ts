import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { isUnfulfilled, cardText, isSettled, leadText, orderTitle } from './order-text.ts';

const order = (more: Partial<OrderView>): OrderView =>
  ({ orderId: 'TW-1', status: 'submitted', version: 1, steps: [], payment: {}, ...more }) as unknown as OrderView;
const step = (text: string) => [{ version: 1, status: 'refunded', at: '', text, triggeredBy: 'payment' }] as const;

test('leadText: an order at version 0 is pending, and a long wait has its own text', () => {
  const early = order({ version: 0 });
  equal(orderTitle(early), 'On its way to us');
  equal(isSettled(early), false);
  match(leadText(early, 0), /a moment/);
  match(leadText(early, 20_000), /longer than usual.*nothing has been charged/);
});

test('leadText: a refund is described once, with the text of the last step', () => {
  const text = '€12.00 is back on Visa ending 4242.';
  equal(leadText(order({ status: 'refunded', steps: step(text) }), 0), text);
  doesNotMatch(leadText(order({ status: 'refunded', steps: step(text) }), 0), /on its way/);
});

test('leadText: the next step has precedence', () => {
  equal(leadText(order({ next: 'We pack it.', status: 'paid' }), 0), 'We pack it.');
});

test('isUnfulfilled: true for every terminal status but delivered', () => {
  deepEqual(
    (['rejected', 'payment-failed', 'cancelled', 'refunded', 'delivered', 'shipped', 'paid'] as const).map((status) =>
      isUnfulfilled(order({ status })),
    ),
    [true, true, true, true, false, false, false],
  );
});

test('cardText: names brand and digits as far as they are known', () => {
  deepEqual([{}, { brand: 'Visa', last4: '4242' }, { last4: '4242' }, { brand: 'Visa' }].map(cardText), [
    'Your card',
    'Visa ending in 4242',
    'Your card ending in 4242',
    'Visa',
  ]);
});
