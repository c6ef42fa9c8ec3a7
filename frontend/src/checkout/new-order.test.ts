import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderSummary } from '@tidewater/contracts/storefront.ts';
import { newOrderId } from './new-order.ts';

const orders = ['TW-3', 'TW-2', 'TW-1'].map((orderId) => ({ orderId }) as OrderSummary);

test('newOrderId: the newest order that was not there when the page opened', () => {
  equal(newOrderId(orders, new Set(['TW-1'])), 'TW-3');
  equal(newOrderId(orders, new Set(['TW-1', 'TW-2', 'TW-3'])), undefined);
  equal(newOrderId(undefined, new Set()), undefined);
});
