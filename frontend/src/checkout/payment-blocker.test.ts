import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { money } from '@tidewater/contracts/schemas.ts';
import type { CartLine, CartView } from '@tidewater/contracts/storefront.ts';
import { highestTotal } from '../data/problem-text.ts';
import { paymentBlockerText, insufficientLines, shortageOf } from './payment-blocker.ts';

const line = (available: number, quantity: number): CartLine =>
  ({ product: { id: `p${available}`, name: 'Rope', available }, quantity }) as unknown as CartLine;
const cart = (lines: readonly CartLine[], more: Partial<CartView> = {}): CartView =>
  ({ lines, total: eur(100), pricesChanged: false, ...more }) as unknown as CartView;

test('paymentBlockerText: a cart that is covered by the stock can be paid', () => {
  equal(paymentBlockerText(cart([line(3, 3), line(9, 1)])), undefined);
});

test('paymentBlockerText: sold-out and insufficient stock block the payment', () => {
  match(paymentBlockerText(cart([line(0, 1)])) ?? '', /sold out/);
  match(paymentBlockerText(cart([line(2, 3), line(0, 1)])) ?? '', /more than we have/);
  deepEqual(
    insufficientLines(cart([line(2, 3), line(9, 1)])).map((each) => each.product.id),
    ['p2'],
  );
  deepEqual([line(0, 1), line(2, 3), line(3, 3)].map(shortageOf), ['Sold out', 'Only 2 left', undefined]);
});

test('paymentBlockerText: a changed price blocks the payment until it is accepted', () => {
  match(paymentBlockerText(cart([line(3, 1)], { pricesChanged: true })) ?? '', /new prices/);
});

test('paymentBlockerText: the maximum total is that of the contracts', () => {
  equal(highestTotal, (money.properties.amount as { readonly maximum?: number }).maximum);
  match(paymentBlockerText(cart([line(3, 1)], { total: eur(highestTotal + 1) })) ?? '', /€1,000,000/);
});
