import { equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import type { Memory } from './attempt.ts';
import { CheckoutAttempt, wasJustPlaced } from './attempt.ts';

const cart = (quantity: number): CartView =>
  ({ total: eur(quantity * 100), lines: [{ product: { id: 'rope' }, quantity }] }) as unknown as CartView;

const memory = (): Memory & { readonly kept: Map<string, string> } => {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
};

const keys = (): (() => string) => {
  let last = 0;
  return () => `key-${++last}`;
};

test('a double click and a reload are the same attempt', () => {
  const kept = memory();
  const first = new CheckoutAttempt(kept, keys()).keyFor(cart(1));
  const afterReload = new CheckoutAttempt(kept, () => 'another');
  equal(afterReload.keyFor(cart(1)), first);
  equal(afterReload.isOpen, true);
});

test('another cart is another attempt', () => {
  const attempt = new CheckoutAttempt(memory(), keys());
  notEqual(attempt.keyFor(cart(1)), attempt.keyFor(cart(2)));
});

test('once the shop has answered, the next press is a new attempt', () => {
  const kept = memory();
  const attempt = new CheckoutAttempt(kept, keys());
  const first = attempt.keyFor(cart(1));
  attempt.settle('TW-7KQ2M9XA');
  equal(attempt.isOpen, false);
  notEqual(attempt.keyFor(cart(1)), first);
  equal(wasJustPlaced(kept, 'TW-7KQ2M9XA'), true);
  equal(wasJustPlaced(kept, 'TW-OTHER'), false);
});

test('a spoilt entry is no attempt', () => {
  const kept = memory();
  kept.setItem('tidewater.attempt', '{"key"');
  equal(new CheckoutAttempt(kept, keys()).isOpen, false);
});
